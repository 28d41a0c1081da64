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
        ("mở cửa 24/7", []),
    ],
)
def test_times(text: str, times: list[str]) -> None:
    assert values(find_entities(text).times) == times
