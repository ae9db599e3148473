"""Sentences of refusals (拒绝理由): one for each code that access raises, with its clause.

The package hands them to ``core.messages`` when it is imported.
"""

from __future__ import annotations

from flask_babel import LazyString
from flask_babel import lazy_gettext as _

MESSAGES: dict[str, LazyString] = {
    "no-duty": _("您的职责不包括此项操作。依据：%(clause)s"),
    "no-rule": _("没有任何职责允许此项操作。"),
    "undecidable": _("系统无法判定此项操作是否允许，已拒绝。"),
    "unguarded": _("此页面未设定权限，已拒绝访问。"),
    "apart": _("两项职责不得由同一人担任：%(first)s；%(second)s。依据：%(clause)s"),
    "wall-w1": _("施教单位不得出卷、监考、阅卷。依据：%(clause)s"),
    "wall-w2": _("考试方不得代办培训台账。依据：%(clause)s"),
    "wall-w3": _("您与本班次施教单位有关联，应当回避。依据：%(clause)s"),
    "wall-w4": _("您给本班授过课或经办过本班台账，不得接触试卷、监考或成绩。依据：%(clause)s"),
    "wall-w5": _("系统管理员、安全管理员、审计员互斥，且不得兼办业务。依据：%(clause)s"),
    "wall-w6": _("一人不得同时担任培训角色与考试角色。依据：%(clause)s"),
    "wall-w7": _("启封须由两人共同进行，且不得早于规定时间。依据：%(clause)s"),
    "wall-w8": _("审计记录不可修改。依据：%(clause)s"),
    "wall-w9": _("考试委托未生效或已失效，不得继续办理考试事务。依据：%(clause)s"),
    "duty-not-prov": _("您或所在单位与本班次施教单位有关联，应当回避。依据：%(clause)s"),
    "duty-not-taught": _("您给本班授过课或经办过本班台账，应当回避。依据：%(clause)s"),
    "duty-not-cand": _("您是本场考生或与考生有回避关系，应当回避。依据：%(clause)s"),
    "duty-not-author": _("经办人不得复核本人经办的事项，须由另一人办理。依据：%(clause)s"),
    "duty-two": _("此项操作须由第二人独立确认。依据：%(clause)s"),
    "duty-assigned": _("您未被指派到本场次、考点或科目。依据：%(clause)s"),
    "duty-entrusted": _("所在机构的考试委托不在有效期内。依据：%(clause)s"),
    "duty-window": _("现在不在规定的时间窗内。依据：%(clause)s"),
    "duty-state": _("当前状态不允许此项操作。依据：%(clause)s"),
    "duty-own-org": _("该事项不属于本单位。依据：%(clause)s"),
    "duty-own": _("该事项不属于本人。依据：%(clause)s"),
    "duty-juris": _("该事项不在本行政区域内。依据：%(clause)s"),
    "duty-reason": _("须填写理由并附依据。依据：%(clause)s"),
    "duty-purpose": _("须说明查看用途，查看将被记录。依据：%(clause)s"),
    "duty-masked": _("此处仅可提供脱敏的最少字段。依据：%(clause)s"),
}
