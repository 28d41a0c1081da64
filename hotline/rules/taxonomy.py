"""The categories, phrases and cues that tips are tagged with, read once from hotline/data."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

# The groups the monthly report is read by; the last two are counted but are no crime reports.
GROUPS = MappingProxyType(
    {
        "ttxh": ("Trật tự xã hội", "Social order"),
        "te_nan": ("Tệ nạn xã hội", "Gambling and prostitution"),
        "ma_tuy": ("Ma túy", "Drugs"),
        "kinh_te": ("Kinh tế, tham nhũng", "Economic crime and corruption"),
        "moi_truong": ("Môi trường, an toàn thực phẩm", "Environment and food safety"),
        "cong_nghe_cao": ("Công nghệ cao", "Cybercrime"),
        "vu_khi": ("Vũ khí, vật liệu nổ, pháo", "Weapons, explosives and fireworks"),
        "truy_na": ("Truy nã", "Wanted persons"),
        "ttatgt": ("Giao thông", "Traffic"),
        "pccc": ("Cháy nổ, cứu nạn", "Fire and rescue"),
        "antt": ("An ninh trật tự", "Public peace"),
        "hanh_chinh": ("Hành chính (không phải tin báo)", "Administrative (not a tip)"),
        "khac": ("Khác", "Other"),
    }
)


@dataclass(frozen=True, slots=True)
class CategoryInfo:
    """A category as officers see it; `group` is a key of GROUPS."""

    code: str
    name_vi: str
    name_en: str
    group: str
    urgent_by_default: bool


@cache
def data(name: str) -> dict[str, Any]:
    """A JSON file of hotline/data by its name without the ending."""
    content = files("hotline").joinpath("data", f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(content)
    return loaded


@cache
def categories() -> tuple[CategoryInfo, ...]:
    """All categories in the order of the taxonomy."""
    return tuple(
        CategoryInfo(
            entry["code"], entry["name_vi"], entry["name_en"], entry["group"], entry["urgent_by_default"]
        )
        for entry in data("taxonomy_vi")["categories"]
    )


@cache
def _by_code() -> dict[str, CategoryInfo]:
    return {info.code: info for info in categories()}


def category(code: str) -> CategoryInfo:
    """The category with this code; KeyError when there is none."""
    return _by_code()[code]


def category_name(code: str, lang: str) -> str:
    """Name in "vi" or "en"; KeyError for an unknown code."""
    info = category(code)
    return info.name_en if lang == "en" else info.name_vi


def group_name(group: str, lang: str) -> str:
    """Name of a reporting group in "vi" or "en"; KeyError for an unknown one."""
    vietnamese, english = GROUPS[group]
    return english if lang == "en" else vietnamese


def abbreviations() -> dict[str, str]:
    """Texting abbreviations and their meaning ("ko" -> "không")."""
    found: dict[str, str] = data("taxonomy_vi")["sms_abbreviations"]
    return found
