"""The words the verifier in the browser speaks (浏览器查验用语), in the language of the moment.

They are the labels of the pages; a value to be filled in stands in braces.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from exam_app.certificates import queries
from exam_app.certificates.labels import CATEGORIES, CLASS_KINDS, REASONS, STATES
from exam_app.training.labels import INDUSTRIES


def words(issuers: Iterable[int]) -> dict[str, Any]:
    """Return labels and sentences as JSON values, with the names of these authorities."""
    return {
        "states": {state.value: str(label) for state, label in STATES.items()},
        "reasons": {reason.value: str(label) for reason, label in REASONS.items()},
        "categories": {str(code): str(label) for code, label in CATEGORIES.items()},
        "class_kinds": {str(code): str(label) for code, label in CLASS_KINDS.items()},
        "industries": {code: str(label) for code, label in INDUSTRIES.items()},
        "authorities": {f"{code:06}": queries.authority_name(code) for code in sorted(issuers)},
        "rows": _rows(),
        "texts": {**_fields(), **_findings(), **_scanning(), **_offline()},
    }


def _rows() -> dict[str, str]:
    return {
        "number": _("证书编号"),
        "name": _("持证人"),
        "issuer": _("发证机关"),
        "class_kind": _("培训类别"),
        "category": _("人员类别"),
        "industry": _("行业"),
        "hours": _("培训学时"),
        "score": _("考试结果"),
        "credit": _("计入或减免再培训学时"),
        "issued_on": _("发证日期"),
        "expires_on": _("有效期至"),
        "paper": _("试卷编号"),
        "status": _("状态名单"),
        "list_date": _("名单日期"),
        "kid": _("签名密钥"),
    }


def _fields() -> dict[str, str]:
    return {
        "holder": _("%(name)s（证件号末四位 %(tail)s）", name="{name}", tail="{tail}"),
        "hours": _(
            "%(total)s 学时（线下 %(offline)s，其中实训 %(practical)s）",
            total="{total}", offline="{offline}", practical="{practical}",
        ),
        "passed": _("合格"),
        "score": _("%(score)s 分，合格", score="{score}"),
        "credit": _("%(hours)s 学时", hours="{hours}"),
        "place": _("第 %(listed)s 号名单第 %(index)s 位", listed="{listed}", index="{index}"),
    }  # fmt: skip


def _findings() -> dict[str, str]:
    return {
        "verdict": _("查验结论：%(state)s", state="{state}"),
        "foreign_state": _("记录有效，但二维码网址可疑"),
        "list_date": _("（名单日期 %(date)s）", date="{date}"),
        "no_list": _("没有名单"),
        "asked": _("签名已在本机核验，登记状态已联网核对。"),
        "not_asked": _("签名已在本机核验；未能联网核对登记状态，以上结论只凭签名和名单。"),
        "offline_note": _("本页不联网：结论只凭证书签名和保存本页时的名单。"),
        "foreign": _(
            "二维码指向 %(host)s，官方网址是 %(official)s。请勿打开其他网址，并报告发证机关。",
            host="{host}", official="{official}",
        ),
        "compare": _("请将以上内容与证书和持证人身份证核对。"),
    }  # fmt: skip


def _scanning() -> dict[str, str]:
    return {
        "scan_title": _("扫码查验"),
        "picture": _("选择或拍摄证书图片"),
        "camera": _("打开摄像头扫码"),
        "camera_off": _("关闭摄像头"),
        "paste": _("二维码内容"),
        "paste_hint": _("扫码得到的网址或一长串数字，整段粘贴"),
        "check": _("查验二维码内容"),
        "working": _("正在查验…"),
        "no_code": _("图片中没有找到二维码，请换一张清楚、完整的图片。"),
        "no_camera": _("无法使用摄像头，请改用图片或粘贴内容。"),
    }


def _offline() -> dict[str, str]:
    return {
        "offline_title": _("证书离线查验"),
        "offline_lead": _("本页保存后不联网也能查验证书；证书内容不会离开本机。"),
        "official": _("官方查验网址"),
        "other_language": "中文" if str(get_locale()) == "en" else "English",
        "needs_script": _("本页须启用 JavaScript 才能查验。"),
        "registry": _(
            "密钥登记册第 %(version)s 版，日期 %(date)s。", version="{version}", date="{date}"
        ),
        "registry_stale": _("密钥登记册已过更新期，请重新下载本页。"),
        "lists": _("吊销和暂停名单日期 %(date)s。", date="{date}"),
        "lists_stale": _("名单已过期：此后吊销的证书看不出来，请重新下载本页。"),
        "lists_missing": _("有名单无法核验或本浏览器无法展开，相应证书的吊销状态未知。"),
        "damaged": _("本页内的密钥登记册无法核验，不能使用，请重新下载本页。"),
    }
