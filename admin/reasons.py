"""Why a tip is with whom it is, in one sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from admin.labels import category, commune, province
from admin.language import _


def assignment_reason(reason: Mapping[str, Any], before: str | None = None) -> str:
    """Why a tip went where it went, in one sentence: why this unit, then why this person.

    `before` is who had it until then.
    """
    match reason.get("code"):
        case "handed_back":
            return _("trả về đơn vị")
        case "handed_over":
            return _("bàn giao từ %(name)s", name=before) if before else _("nhận bàn giao")
        case "claimed":
            return _("tự nhận xử lý")
        case "by_staff":
            return _("được giao")
    return ", ".join([_why_unit(reason), *_why_person(reason)])


def _why_unit(reason: Mapping[str, Any]) -> str:
    where = commune(reason.get("commune")) or province(reason.get("province"))
    match reason.get("code"):
        case "area":
            return _("vì %(commune)s thuộc địa bàn của đơn vị", commune=where)
        case "province":
            inside = province(reason.get("province"))
            if "commune" in reason:
                return _(
                    "vì %(commune)s thuộc %(province)s, địa bàn của đơn vị", commune=where, province=inside
                )
            return _("vì %(commune)s thuộc địa bàn của đơn vị", commune=inside)
        case "specialised":
            about = _about(reason["category"])
            if where:
                return _("vì đơn vị chuyên trách %(category)s ở %(where)s", category=about, where=where)
            return _("vì đơn vị chuyên trách %(category)s", category=about)
        case "duty_no_place":
            return _("vì tin không nói rõ nơi xảy ra")
        case "duty_vague":
            return _("vì tin chỉ nói đến %(province)s, không rõ xã, phường nào", province=where)
        case "duty_uncovered":
            return _("vì %(commune)s chưa có đơn vị nào phụ trách", commune=where)
        case "duty_ambiguous" if "provinces" in reason:
            names = ", ".join(province(code) for code in reason["provinces"])
            return _("vì địa danh có thể thuộc nhiều tỉnh (%(provinces)s), cần cán bộ chọn", provinces=names)
        case "duty_ambiguous":
            names = ", ".join(commune(code) for code in reason.get("communes", ()))
            return _(
                "vì địa danh có thể thuộc nhiều xã, phường (%(communes)s), cần cán bộ chọn", communes=names
            )
        case "duty_shared":
            return _("vì nhiều đơn vị cùng phụ trách %(what)s, cần cán bộ chọn", what=_shared(reason))
        case "triage_failed":
            return _("vì máy không đọc được tin, cần cán bộ phân loại")
    return _("đơn vị trực nhận ban đầu")


def _why_person(reason: Mapping[str, Any]) -> Iterator[str]:
    match reason.get("staffing"):
        case "all_on_leave":
            yield _("chưa giao cho ai vì mọi cán bộ của đơn vị đều nghỉ phép")
        case "none":
            yield _("chưa giao cho ai vì đơn vị chưa có cán bộ xử lý tin")
        case "none_on_shift":
            yield _("lúc đó không có ai trực")
    if reason.get("on_shift"):
        yield _("đang trực")
    if "speciality" in reason:
        yield _("chuyên trách %(category)s", category=_about(reason["speciality"]))
    if "load" not in reason:
        return
    held = _("%(load)s tin", load=reason["load"])
    if reason.get("urgent"):
        held = _("%(load)s tin, %(urgent)s khẩn", load=reason["load"], urgent=reason["urgent"])
    if not reason["load"] and reason.get("of") == 1:
        yield _("chưa giữ tin nào")
        return
    # Of one there is no least.
    yield (
        _("đang xử lý %(held)s", held=held)
        if reason.get("of") == 1
        else _("ít việc nhất (%(held)s)", held=held)
    )


def _about(code: str) -> str:
    """A category's name within a sentence."""
    name = category(code)
    name = name[:1].lower() + name[1:]
    return f"“{name}”" if "," in name else name


def _shared(reason: Mapping[str, Any]) -> str:
    if "category" in reason:
        return _about(reason["category"])
    named = [commune(code) for code in reason.get("communes", ())]
    return ", ".join(named + [province(code) for code in reason.get("provinces", ())])
