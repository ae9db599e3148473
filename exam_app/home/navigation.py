"""The main navigation: only what the actor's duties may ever open."""

from __future__ import annotations

from dataclasses import dataclass

from flask import current_app, g
from flask_babel import lazy_gettext as _l

from exam_app.access.actor import PUBLIC
from exam_app.access.duties import may_ever
from exam_app.access.permissions import Permission


@dataclass(frozen=True)
class NavigationEntry:
    """One entry: its page and its Chinese label."""

    endpoint: str
    label: object
    permission: Permission


P = Permission
ENTRIES = (
    NavigationEntry("home.index", _l("待办"), P.HOME_VIEW),
    # one's own: training, ticket, desk, result, certificate, hours
    NavigationEntry("training.my_training", _l("我的培训"), P.HOURS_VIEW_OWN),
    NavigationEntry("sittings.my_ticket", _l("我的准考证"), P.TICKET_VIEW_OWN),
    NavigationEntry("attempts.show_desk", _l("参加考试"), P.RESPONSE_SUBMIT),
    NavigationEntry("marking.show_own", _l("我的成绩"), P.RESULT_VIEW_OWN),
    NavigationEntry("certificates.my_certificates", _l("我的证书"), P.CERTIFICATE_VIEW_OWN),
    NavigationEntry("credits.my_hours", _l("我的学时"), P.CREDIT_STATEMENT_OWN),
    # teaching and examining, in the order of the pipeline
    NavigationEntry("training.list_projects", _l("项目和班次"), P.CLASS_VIEW),
    NavigationEntry("training.list_lecturers", _l("授课教师"), P.CLASS_PLAN),
    NavigationEntry("sittings.list_sites", _l("考点"), P.SITE_EDIT),
    NavigationEntry("sittings.list_sittings", _l("场次"), P.SITTING_VIEW),
    NavigationEntry("bank.list_items", _l("题库"), P.ITEM_VIEW),
    NavigationEntry("bank.list_reviews", _l("审题"), P.ITEM_REVIEW),
    NavigationEntry("bank.list_blueprints", _l("双向细目表"), P.PAPER_VIEW),
    NavigationEntry("papers.my_key", _l("保管密钥"), P.CUSTODIAN_KEY_ENROL),
    NavigationEntry("papers.list_reserves", _l("备用卷应急启封"), P.PAPER_OPEN_EARLY),
    # the enterprise's own people
    NavigationEntry("marking.show_enterprise", _l("本企业成绩"), P.RESULT_VIEW_ENTERPRISE),
    NavigationEntry("credits.show_enterprise", _l("本企业学时"), P.CREDIT_STATEMENT_ENTERPRISE),
    NavigationEntry("verification.show_staff", _l("本企业证书"), P.CERTIFICATE_VIEW_ENTERPRISE),
    NavigationEntry("verification.show_batches", _l("批量查验"), P.CERTIFICATE_VERIFY_BATCH),
    NavigationEntry("verification.show_tokens", _l("数据接口"), P.API_TOKEN),
    # oversight
    NavigationEntry("reports.show_overview", _l("项目总览"), P.REPORT_PAYABLE),
    NavigationEntry("reports.show_figures", _l("统计"), P.STATS_VIEW),
    NavigationEntry("credits.show_coverage", _l("学时完成情况"), P.STATS_VIEW),
    NavigationEntry("reports.list_analyses", _l("试卷质量分析"), P.REPORT_ANALYSIS),
    NavigationEntry("reports.ask_trail", _l("痕迹"), P.AUDIT_VIEW),
    # people
    NavigationEntry("people.organisations", _l("机构"), P.ORGANISATION_EDIT),
    NavigationEntry("people.persons", _l("人员"), P.PERSON_VIEW),
    NavigationEntry("people.accounts", _l("账号"), P.PERSON_VIEW),
    NavigationEntry("people.appointments", _l("任职"), P.DUTY_GRANT),
    NavigationEntry("people.entrustments", _l("考试委托"), P.DUTY_ENTRUST),
    NavigationEntry("people.recusals", _l("回避"), P.RECUSAL_RECORD),
    NavigationEntry("people.settings", _l("地方参数"), P.POLICY_EDIT),
)


def navigation() -> list[NavigationEntry]:
    """Return the entries this actor may open, in pipeline order."""
    actor = g.get("actor", PUBLIC)
    return [
        entry
        for entry in ENTRIES
        if entry.endpoint in current_app.view_functions and may_ever(actor, entry.permission)
    ]
