from typing import Any

import pytest

from hotline.rules.entities import Entity, find_entities


def values(entities: tuple[Entity, ...]) -> list[Any]:
    return [entity.value for entity in entities]


@pytest.mark.parametrize(
    ("text", "plates"),
    [
        ("biển số bốn bảy ép một hai một ba không chín", ["47F121309"]),
        ("biển số tám mươi sáu bê một ba hai bốn năm bảy", ["86B132457"]),
        ("xe exciter 61D1-450.93 trong bãi", ["61D145093"]),
        ("bien so 66B 01877", ["66B01877"]),
        ("bs 47A 509.13", ["47A50913"]),
        ("biển 61C1", []),
        ("nhà 12 tổ 5", []),
    ],
)
def test_plates(text: str, plates: list[str]) -> None:
    assert values(find_entities(text).plates) == plates


@pytest.mark.parametrize(
    ("text", "phones"),
    [
        ("sdt nó 0900 000 012", ["0900000012"]),
        ("goi 0900.000.013 nha", ["0900000013"]),
        ("số +84 900 000 014", ["0900000014"]),
        ("gọi không chín không không không không không không một hai giùm", ["0900000012"]),
        ("gọi không chín không không", []),
        ("mất 200000000 đồng", []),
    ],
)
def test_phones(text: str, phones: list[str]) -> None:
    assert values(find_entities(text).phones) == phones


@pytest.mark.parametrize(
    ("text", "money"),
    [
        ("mất bốn lăm triệu", [45_000_000]),
        ("đáng một tỷ hai, mới mua", [1_200_000_000]),
        ("một trăm hai nghìn một ngày", [120_000]),
        ("giá trăm rưỡi, hay một trăm rưỡi nghìn", [150_000]),
        ("lừa 200tr", [200_000_000]),
        ("tám trăm nghìn", [800_000]),
        ("14 triệu rưỡi", [14_500_000]),
        ("mười bốn triệu rưỡi", [14_500_000]),
        ("om hon 2 ty", [2_000_000_000]),
        ("1tr5 một tháng", [1_500_000]),
        ("1.500.000 đồng", [1_500_000]),
        ("vay 5củ thành 32củ", [5_000_000, 32_000_000]),
        ("một triệu hai trăm nghìn", [1_200_000]),
        ("500k mỗi ngày", [500_000]),
        ("một đêm nó ăn cả tỷ", [1_000_000_000]),
        ("mất mấy trăm ngàn", []),
        ("114 k gọi đc", []),
        ("9 người", []),
        ("3 triệu 200 nghìn tiền hàng", [3_200_000]),
        ("tho doi 1 trieu 8 cho cai sam", [1_800_000]),
        ("vay 2 trieu 3 thang", [2_000_000]),
        ("hai trăm, 5 chục triệu", [50_000_000]),
        ("đặt 200-500k 1 trận", [200_000, 500_000]),
        ("dán nhãn 200 đ/cái", [200]),
        ("200 đồng chí công an", []),
        ("mỗi đêm trăm nghìn", [100_000]),
        ("mỗi ván vài trăm nghìn", []),
        ("khu tro 5 Ty phuong Trang Dai", []),
        ("đoạn bến đò Tám Ngàn cũ", []),
        ("40 nghìn người theo dõi, 9k mem", []),
        ("can 30 lit dau", []),
    ],
)
def test_money(text: str, money: list[int]) -> None:
    assert values(find_entities(text).money_vnd) == money


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("lúc 10 giờ tối mai", ["10 giờ tối mai"]),
        ("mat luc 3h sang 14/9", ["3h sang 14/9"]),
        ("23h40 roi ma karaoke", ["23h40"]),
        ("cứ thứ ba với thứ sáu", ["thứ ba", "thứ sáu"]),
        ("tối hôm qua khoảng bẩy giờ hơn", ["tối hôm qua khoảng bẩy giờ hơn"]),
        ("đi lạc từ trưa đến bây giờ", ["từ trưa"]),
        ("toi qua 2 xe tong nhau", ["toi qua"]),
        ("tối nào cũng đánh bài", []),
        ("mấy hôm nay ồn lắm", []),
        ("ly thân được ba tháng", []),
        ("mở cửa 24/7, nét 24h", []),
        ("Đêm thứ bảy vừa rồi", ["Đêm thứ bảy"]),
        ("khoảng 6 giờ 40 sáng thứ hai", ["6 giờ 40 sáng thứ hai"]),
        ("toi thu bay nay luc 22h danh", ["toi thu bay nay luc 22h"]),
        ("tối giao thừa năm rồi", ["tối giao thừa năm rồi"]),
        ("sang chu nhat dau thang truoc", ["sang chu nhat dau thang truoc"]),
        ("từ mùng sáu tháng giêng", ["mùng sáu tháng giêng"]),
        ("Đêm 28 âm lịch, Năm kia", ["Đêm 28 âm lịch", "Năm kia"]),
        ("hồi hôm ai khiêng mất", ["hồi hôm"]),
        ("hôm 19, đêm 17.", ["hôm 19", "đêm 17"]),
        ("mai em nộp, chậu mai vàng", ["mai"]),
        ("xe buýt số bốn sáng nay vượt ẩu", ["sáng nay"]),
        ("mười một rưỡi đêm", ["mười một rưỡi đêm"]),
        ("em bi nhot tu 8h sang toi gio", ["8h sang"]),
        ("hom nay toi to 5", ["hom nay"]),
        ("lần thứ ba, thu 4 trieu", []),
        ("hai năm rồi, nửa tháng rồi, mấy đêm nay", []),
        ("mỗi tháng 9 triệu, tien dien thang 60 trieu", []),
        ("địa chính, tài chính, chinh quyen", []),
        ("cứ xế chiều là tụ tập", []),
        ("thang Ba Sua say ruou", []),
    ],
)
def test_times(text: str, times: list[str]) -> None:
    assert values(find_entities(text).times) == times
