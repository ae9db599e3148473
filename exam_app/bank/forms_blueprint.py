"""The shape of a blueprint as it comes in: its head, its table of cells, its rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

from flask_babel import lazy_gettext as _l
from wtforms import Field, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import AnyOf, InputRequired, Length, NumberRange, Optional

from exam_app.core.errors import BadInput
from exam_app.core.forms import BaseForm, FiniteField
from question_bank import ItemType

REQUIRED = InputRequired(_l("此项必填"))
LEAST_ROWS, SPARE_ROWS, MOST_ROWS = 12, 6, 60
_HEAD = ("code", "title", "industry", "category", "overlap_max")
_LEVELS = ("know", "understand", "apply")
_COUNT = [Optional(), NumberRange(0, 500)]
_SHARE = [Optional(), NumberRange(0, 1)]
_MINUTES = [Optional(), NumberRange(1, 480)]
_TOPIC = re.compile(r"([A-Z](?:\.[A-Z0-9]+)*)[\s:：]+(\d{0,3})\s*[-—–~至]\s*(\d{0,3})")


class BlueprintForm(BaseForm):
    """A blueprint (双向细目表); its cells are added by ``blueprint_form``."""

    code = StringField(_l("编号"), [REQUIRED, Length(max=40)])
    title = StringField(_l("名称"), [REQUIRED, Length(max=120)])
    industry = SelectField(_l("行业"), [REQUIRED])
    category = SelectField(_l("人员类别"), [REQUIRED])
    overlap_max = IntegerField(
        _l("与其他班次试卷相同试题上限（题）"),
        [InputRequired(_l("此项必填")), NumberRange(0, 500)],
        description=_l("与最近十份试卷中任何一份相同的试题不超过此数"),
    )
    facility_low = FiniteField(
        _l("平均难度下限"), _SHARE, places=None, description=_l("预计答对的比例，0 至 1")
    )
    facility_high = FiniteField(_l("平均难度上限"), _SHARE, places=None)
    minutes_low = IntegerField(
        _l("预计答题时间下限（分钟）"),
        _MINUTES,
        description=_l("按题型和认知层次估算：单选 1 分钟、多选 1.5 分钟、判断 0.5 分钟起"),
    )
    minutes_high = IntegerField(_l("预计答题时间上限（分钟）"), _MINUTES)
    know_min = IntegerField(_l("识记题下限"), _COUNT)
    know_max = IntegerField(_l("识记题上限"), _COUNT)
    understand_min = IntegerField(_l("理解题下限"), _COUNT)
    understand_max = IntegerField(_l("理解题上限"), _COUNT)
    apply_min = IntegerField(_l("应用题下限"), _COUNT)
    apply_max = IntegerField(_l("应用题上限"), _COUNT)
    sets_low = IntegerField(_l("案例数下限"), _COUNT, description=_l("案例整组抽取"))
    sets_high = IntegerField(_l("案例数上限"), _COUNT)
    max_uses = IntegerField(
        _l("一年内每题最多使用次数"),
        [Optional(), NumberRange(1, 100)],
        description=_l("按最近 365 日已启封和待启封的试卷计算；不填则不限"),
    )
    exposure = FiniteField(
        _l("少用题优先程度"),
        [Optional(), NumberRange(0, 100)],
        places=None,
        description=_l("0 为不考虑使用次数，最难猜测；1 为常用值，题目使用更均匀"),
    )
    topics = TextAreaField(
        _l("知识点题数范围"),
        [Optional(), Length(max=2000)],
        description=_l("每行一项，含其下各级，如“A.4 10-20”“A.4.1 2-”“B -6”"),
    )
    rows: ClassVar[int] = 0

    def head(self) -> list[Field]:
        """Return the fields above the table of cells."""
        return [self[name] for name in _HEAD]

    def whole(self) -> list[Field]:
        """Return the fields of the rules on the whole paper."""
        return [field for field in self if field.name in _WHOLE]

    def rules_filled(self) -> bool:
        """Return whether anything is asked of the whole paper."""
        return any(field.data is not None and field.data != "" for field in self.whole())

    def cell_rows(self) -> list[tuple[Field, Field, Field, Field]]:
        """Return the fields of each row of the table: topic, type, count, marks."""
        return [
            (self[f"topic_{row}"], self[f"type_{row}"], self[f"count_{row}"], self[f"marks_{row}"])
            for row in range(self.rows)
        ]

    def faults(self) -> list[str]:
        """Return what is wrong with what was typed so far; what is still missing is no fault."""
        cells = [field for row in self.cell_rows() for field in row]
        typed = [each for each in (self.overlap_max, *self.whole(), *cells) if any(each.raw_data)]
        wrong = [each for each in typed if not each.validate(self)]
        return [f"{each.label.text}：{error}" for each in wrong for error in each.errors]

    def filled(self) -> list[tuple[str, str, int, Decimal]]:
        """Return the rows that name a topic; what is missing in one counts as nothing."""
        return [
            (topic.data, kind.data, count.data or 0, marks.data or Decimal(0))
            for topic, kind, count, marks in self.cell_rows()
            if topic.data
        ]

    def rules(self) -> dict[str, Any]:
        """Return the rules filled in, as ``question_bank.PaperRules`` reads them.

        Raises: BadInput: a line on topics that cannot be read (``blueprint-topics-unreadable``).
        """
        levels = {
            level: [self[f"{level}_min"].data, self[f"{level}_max"].data] for level in _LEVELS
        }
        facility = _window(self.facility_low.data, self.facility_high.data, Decimal(1))
        minutes = _window(self.minutes_low.data, self.minutes_high.data, 480)
        rules: dict[str, Any] = {
            "topics": self._topics(),
            "levels": {level: ends for level, ends in levels.items() if ends != [None, None]},
            "facility": facility and [str(end) for end in facility],
            "seconds": minutes and [end * 60 for end in minutes],
            "sets": _window(self.sets_low.data, self.sets_high.data, 500),
            "max_uses": self.max_uses.data,
            "exposure": None if self.exposure.data is None else str(self.exposure.data),
        }
        return {name: value for name, value in rules.items() if value not in (None, {})}

    def _topics(self) -> dict[str, list[int | None]]:
        found: dict[str, list[int | None]] = {}
        for line in filter(None, map(str.strip, (self.topics.data or "").splitlines())):
            match = _TOPIC.fullmatch(line)
            if match is None or match[1] in found or not (match[2] or match[3]):
                raise BadInput("blueprint-topics-unreadable", field="topics", line=line)
            found[match[1]] = [int(end) if end else None for end in match.groups()[1:]]
        return found


_WHOLE = frozenset(
    {"facility_low", "facility_high", "minutes_low", "minutes_high", "sets_low", "sets_high"}
    | {f"{level}_{end}" for level in _LEVELS for end in ("min", "max")}
    | {"max_uses", "exposure", "topics"}
)


def _window(low: Any, high: Any, most: Any) -> list[Any] | None:
    """Return a window of which one end at least is named; the other is as wide as can be."""
    if low is None and high is None:
        return None
    return [0 if low is None else low, most if high is None else high]


def fields_of(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the form shows of rules as ``question_bank.PaperRules`` writes them."""
    data: dict[str, Any] = {name: rules[name] for name in ("max_uses",) if name in rules}
    if "exposure" in rules:
        data["exposure"] = Decimal(rules["exposure"])
    if "facility" in rules:
        data["facility_low"], data["facility_high"] = map(Decimal, rules["facility"])
    if "seconds" in rules:
        data["minutes_low"], data["minutes_high"] = (end // 60 for end in rules["seconds"])
    if "sets" in rules:
        data["sets_low"], data["sets_high"] = rules["sets"]
    for level, (least, most) in rules.get("levels", {}).items():
        data |= {f"{level}_min": least, f"{level}_max": most}
    topics = rules.get("topics", {}).items()
    data["topics"] = "\n".join(
        f"{topic} {'' if low is None else low}-{'' if high is None else high}"
        for topic, (low, high) in topics
    )
    return data


def blueprint_form(cells: int = 0) -> type[BlueprintForm]:
    """Return a form with rows for so many cells and some to spare; an empty one is no cell."""
    rows = min(max(LEAST_ROWS, cells + SPARE_ROWS), MOST_ROWS)
    fields: dict[str, Any] = {"rows": rows}
    for row in range(rows):
        place = {"number": row + 1}
        fields[f"topic_{row}"] = StringField(
            _l("第%(number)s行知识点", **place), [Optional(), Length(max=20)]
        )
        fields[f"type_{row}"] = SelectField(
            _l("第%(number)s行题型", **place), [Optional(), AnyOf(list(ItemType))]
        )
        fields[f"count_{row}"] = IntegerField(
            _l("第%(number)s行题数", **place), [Optional(), NumberRange(1, 200)]
        )
        fields[f"marks_{row}"] = FiniteField(
            _l("第%(number)s行每题分值", **place),
            [Optional(), NumberRange(Decimal("0.5"), 100)],
            places=None,
        )
    return type("FilledBlueprintForm", (BlueprintForm,), fields)
