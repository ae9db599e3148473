"""The words of verification (显示用语)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from exam_app.certificates.labels import REASONS as _SIGNED_REASONS
from exam_app.core.errors import ExamError
from exam_app.core.jobs import JobState
from exam_app.core.messages import MESSAGES as _ALL
from exam_app.core.messages import sentence
from exam_app.verification.terms import DeliveryState, Outcome, Scope, Way

OUTCOMES: Mapping[Outcome, LazyString] = {
    Outcome.VALID: _l("有效"),
    Outcome.EXPIRED: _l("已过有效期"),
    Outcome.NOT_YET_VALID: _l("尚未生效"),
    Outcome.SUSPENDED: _l("已暂停"),
    Outcome.REPLACED: _l("已被替换"),
    Outcome.REVOKED: _l("已吊销"),
    Outcome.STATUS_UNKNOWN: _l("签名有效，状态未知"),
    Outcome.REFUSED: _l("不予认可"),
    Outcome.NOT_FOUND: _l("未查到"),
    Outcome.UNREADABLE: _l("无法读取"),
    Outcome.LIMITED: _l("未查验"),
}
BADGES: Mapping[Outcome, str] = {
    **dict.fromkeys(Outcome, "bad"),
    Outcome.VALID: "good",
    **dict.fromkeys(
        (Outcome.NOT_YET_VALID, Outcome.SUSPENDED, Outcome.STATUS_UNKNOWN, Outcome.UNREADABLE,
         Outcome.LIMITED),
        "warn",
    ),
}  # fmt: skip
WAYS: Mapping[Way, LazyString] = {Way.NUMBER: _l("编号加姓名"), Way.CODE: _l("二维码")}
SCOPES: Mapping[Scope, LazyString] = {
    Scope.VERIFY: _l("批量查验证书"),
    Scope.STAFF: _l("读取本企业人员证书"),
}
JOB_STATES: Mapping[JobState, LazyString] = {
    JobState.WAITING: _l("等待处理"),
    JobState.RUNNING: _l("正在查验"),
    JobState.DONE: _l("已完成"),
    JobState.FAILED: _l("未能完成"),
}
JOB_BADGES: Mapping[JobState, str] = {
    JobState.WAITING: "secondary",
    JobState.RUNNING: "warn",
    JobState.DONE: "good",
    JobState.FAILED: "bad",
}
DELIVERY_STATES: Mapping[DeliveryState, LazyString] = {
    DeliveryState.WAITING: _l("待发送"),
    DeliveryState.DELIVERED: _l("已送达"),
    DeliveryState.FAILED: _l("未送达"),
}
DELIVERY_BADGES: Mapping[DeliveryState, str] = {
    DeliveryState.WAITING: "warn",
    DeliveryState.DELIVERED: "good",
    DeliveryState.FAILED: "bad",
}
EVENTS: Mapping[str, LazyString] = {
    "certificate.revoked": _l("证书吊销"),
    "certificate.suspended": _l("证书暂停"),
    "certificate.replaced": _l("证书被替换"),
    "certificate.restored": _l("证书恢复有效"),
    "ping": _l("试发"),
}
# Why a row came to what it did, beside the reasons of the verifier.
ROW_REASONS: Mapping[str, LazyString] = {
    "not-found": _l("没有编号与姓名都相符的证书"),
    "misses-over": _l("今天未查到的行数已达上限，其余未查验，请明日再提交"),
    "not-on-file": _l("签名有效，但不在本系统的发证记录中"),
    "differs-from-row": _l("二维码中的编号或姓名与所填不符"),
    "number-and-name": _l("须同时填写证书编号和姓名，或填写二维码内容"),
    "number-not-text": _l("证书编号须为文本格式：按数字保存会丢失末尾数字"),
    "code-not-text": _l("二维码内容须为文本格式"),
    "certificate-number": _l("证书编号应为 17 位数字，且末位校验码相符"),
    "no-code-found": _l("没有找到二维码"),
    "file-kind": _l("不是 PDF 或图片"),
    "file-too-large": _l("文件过大"),
    "file-damaged": _l("文件已损坏"),
    "unsafe-path": _l("文件名含有不安全的路径，未读取"),
    "file-twice": _l("压缩包中有同名文件，未重复读取"),
    "pdf-unreadable": _l("PDF 无法读取"),
    "pdf-locked": _l("PDF 已加密，须用口令打开"),
    "pdf-too-long": _l("PDF 页数过多"),
    "picture-too-large": _l("图片像素过大"),
    "picture-unreadable": _l("图片无法读取"),
    "suspended": _l("证书已暂停"),
    "replaced": _l("证书已被替换"),
}
MESSAGES: Mapping[str, LazyString] = {
    "batches-over": _l("一天内最多提交 %(limit)s 次批量查验，请稍后再试。"),
    "token-refused": _l("没有令牌，或令牌无效、已过期、已吊销。"),
    "token-scope": _l("此令牌不能用于这一接口。"),
    "token-scopes": _l("请至少选择一种用途。"),
    "token-days": _l("请选择有效期。"),
    "tokens-over": _l("每个单位最多同时有 %(limit)s 个有效令牌，请先吊销不用的。"),
    "token-revoked": _l("此令牌已吊销。"),
    "idempotency-key-bad": _l("Idempotency-Key 应为 8 至 80 位字母、数字或 _ . : -。"),
    "idempotency-key-reused": _l("此 Idempotency-Key 已用于内容不同的请求。"),
    "call-not-json": _l("请求内容须为 JSON（Content-Type: application/json）。"),
    "call-unreadable": _l("请求内容不是合法的 JSON。"),
    "call-shape": _l("请求内容 %(place)s 不符合接口约定。"),
    "call-too-long": _l("一次最多查验 %(limit)s 份证书。"),
    "cursor-unreadable": _l("cursor 或 limit 有误，请使用接口返回的 next_cursor。"),
    "webhooks-off": _l("本机关未开通证书变更推送。"),
    "webhook-ended": _l("推送地址已停用。"),
    "webhook-url": _l("推送地址须为 https 网址（域名，端口 443 或 1024 以上），不含用户名和片段。"),
    "webhook-unresolved": _l("推送地址的域名无法解析。"),
    "webhook-inside": _l("推送地址指向内部网络，不能使用。"),
    "webhook-tls": _l("对方的 https 证书不可信"),
    "webhook-unreachable": _l("无法连接对方，或对方没有应答"),
    "webhook-redirect": _l("对方要求跳转，不予跟随"),
    "webhook-refused": _l("对方没有接收"),
}
_ALL.update(MESSAGES)


def reasons(codes: Iterable[str]) -> list[LazyString | str]:
    """Return the words of the reasons a row carries."""
    return [_reason(code) for code in codes]


def _reason(code: str) -> LazyString | str:
    signed = {reason.value: words for reason, words in _SIGNED_REASONS.items()}
    known = ROW_REASONS.get(code) or signed.get(code)
    return known if known is not None else sentence(ExamError(code))


def failure(state: JobState, error: Mapping[str, object] | None) -> str:
    """Return why a job failed in words, "" while it may still succeed."""
    if state is not JobState.FAILED or error is None:
        return ""
    facts = error["facts"]
    return sentence(ExamError(str(error["code"]), **(facts if isinstance(facts, dict) else {})))
