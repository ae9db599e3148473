"""Turning the variable face of the wheel into static weights: read outlines once, move, write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from struct import unpack
from typing import Any

import numpy as np
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.DefaultTable import DefaultTable
from fontTools.ttLib.tables.TupleVariation import (
    TupleVariation,
    decompileSharedTuples,
    decompileTupleVariationStore,
)
from fontTools.varLib.iup import iup_delta
from fontTools.varLib.models import normalizeLocation, piecewiseLinearMap
from numpy.typing import NDArray

Ints = NDArray[np.int32]

ON_CURVE, X_SHORT, Y_SHORT, REPEAT, X_SAME, Y_SAME = 1, 2, 4, 8, 16, 32
DROPPED = ("GSUB", "GPOS", "GDEF", "HVAR", "STAT", "avar", "fvar", "gvar", "vhea", "vmtx", "BASE")
PHANTOMS = 4
BALLOT_BOX, CHECKED_BOX, SQUARE, CHECK_MARK = 0x2610, 0x2611, 0x25A1, 0x2713
CHECKED_GLYPH = "checkedbox"
# Chemistry and units: raised and lowered signs the face lacks, made of its own at a smaller size.
RAISED = dict(zip("⁰⁵⁶⁷⁸⁹⁺⁻ⁿ", "056789+−n", strict=True))
LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉₊₋ₙₓ", "0123456789+−nx", strict=True))
SMALL, HEAVIER = 0.62, 1.4
RISE, FALL = 330, -130


@dataclass(frozen=True)
class Outlines:
    """All simple glyphs of a face, their points one after another.

    ``glyphs``: names; ``starts``: first point of each; ``ends``: contour end points of each;
    ``on_curve``, ``points`` (n, 2) and ``deltas`` (n, 2) run over all points; font units.
    """

    glyphs: list[str]
    starts: Ints
    ends: list[Ints]
    on_curve: NDArray[np.uint8]
    points: Ints
    deltas: Ints
    widening: dict[str, int]


def _expand_flags(data: bytes, pos: int, count: int) -> tuple[bytes, int]:
    flags = bytearray()
    while len(flags) < count:
        flag = data[pos]
        pos += 1
        if flag & REPEAT:
            flags += bytes((flag & ~REPEAT,)) * (data[pos] + 1)
            pos += 1
        else:
            flags.append(flag)
    return bytes(flags), pos


def _axis_deltas(
    table: NDArray[np.uint8],
    flags: NDArray[np.uint8],
    first: NDArray[np.int64],
    starts: Ints,
    short: int,
    same: int,
) -> tuple[Ints, NDArray[np.int64]]:
    """Return the step of each point along one axis and each glyph's bytes used."""
    is_short = (flags & short) != 0
    is_same = (flags & same) != 0
    size = np.where(is_short, 1, np.where(is_same, 0, 2)).astype(np.int64)
    before = np.cumsum(size) - size
    counts = np.diff(np.append(starts, len(flags)))
    at = np.repeat(first - before[starts], counts) + before
    high = table[np.minimum(at, len(table) - 1)].astype(np.int32)
    low = table[np.minimum(at + 1, len(table) - 1)].astype(np.int32)
    word = _signed(high << 8 | low)
    step = np.where(is_short, np.where(is_same, high, -high), np.where(is_same, 0, word))
    return step.astype(np.int32), np.add.reduceat(size, starts)


def _signed(word: Ints) -> Ints:
    return np.where(word >= 0x8000, word - 0x10000, word).astype(np.int32)


def _absolute(steps: Ints, starts: Ints) -> Ints:
    total = np.cumsum(steps, dtype=np.int64)
    counts = np.diff(np.append(starts, len(steps)))
    base = np.repeat(total[starts] - steps[starts], counts)
    return (total - base).astype(np.int32)


def _relative(points: Ints, starts: Ints) -> Ints:
    steps = np.diff(points, prepend=0)
    steps[starts] = points[starts]
    return steps.astype(np.int32)


def read_outlines(font: TTFont) -> Outlines:
    """Return every outline of the face with its deltas towards the heaviest weight.

    Raises: ValueError: the face has composite glyphs or other regions than this recipe knows.
    """
    data, loca, order = font.reader["glyf"], font["loca"], font.getGlyphOrder()
    glyphs, ends, flag_runs, first = [], [], [], []
    for number, name in enumerate(order):
        pos, stop = loca[number], loca[number + 1]
        if pos == stop:
            continue
        contours = int.from_bytes(data[pos : pos + 2], "big", signed=True)
        if contours <= 0:
            raise ValueError(f"glyph {name} is not a simple outline")
        end = np.frombuffer(data, ">u2", contours, pos + 10).astype(np.int32)
        pos += 10 + 2 * contours
        pos += 2 + int.from_bytes(data[pos : pos + 2], "big")
        run, pos = _expand_flags(data, pos, int(end[-1]) + 1)
        glyphs.append(name)
        ends.append(end)
        flag_runs.append(run)
        first.append(pos)
    flags = np.frombuffer(b"".join(flag_runs), np.uint8)
    starts = np.cumsum([0] + [len(run) for run in flag_runs[:-1]]).astype(np.int32)
    table = np.frombuffer(data, np.uint8)
    at = np.array(first, np.int64)
    x, used = _axis_deltas(table, flags, at, starts, X_SHORT, X_SAME)
    y, _ = _axis_deltas(table, flags, at + used, starts, Y_SHORT, Y_SAME)
    points = np.stack([_absolute(x, starts), _absolute(y, starts)], axis=1)
    deltas, widening = _read_deltas(font, glyphs, starts, ends, points)
    on_curve = (flags & ON_CURVE).astype(np.uint8)
    return Outlines(glyphs, starts, ends, on_curve, points, deltas, widening)


def _variations(font: TTFont, points: Mapping[str, int]) -> Iterator[tuple[str, TupleVariation]]:
    """Yield the one variation of each glyph; fontTools' own way reads every outline again."""
    data = font.reader["gvar"]
    _, shared_count, shared_at, count, flags, start = unpack(">HHIHHI", data[4:20])
    sizes = np.frombuffer(data, ">u4" if flags & 1 else ">u2", count + 1, 20).astype(np.int64)
    offsets = (start + sizes * (1 if flags & 1 else 2)).tolist()
    shared = decompileSharedTuples(["wght"], shared_count, data, shared_at)
    for number, name in enumerate(font.getGlyphOrder()):
        record = data[offsets[number] : offsets[number + 1]]
        if not record:
            continue
        tuples, first = unpack(">HH", record[:4])
        found = decompileTupleVariationStore(
            "gvar", ["wght"], tuples, points.get(name, 0) + PHANTOMS, shared, record, 4, first
        )
        if len(found) != 1 or found[0].axes != {"wght": (0.0, 1.0, 1.0)}:
            raise ValueError(f"glyph {name} varies in a way this recipe does not know")
        yield name, found[0]


def _read_deltas(
    font: TTFont, glyphs: Sequence[str], starts: Ints, ends: Sequence[Ints], points: Ints
) -> tuple[Ints, dict[str, int]]:
    counts = {name: int(end[-1]) + 1 for name, end in zip(glyphs, ends, strict=True)}
    places = {name: i for i, name in enumerate(glyphs)}
    deltas = np.zeros_like(points)
    widening: dict[str, int] = {}
    for name, variation in _variations(font, counts):
        moves, count = variation.coordinates, counts.get(name, 0)
        start = int(starts[places[name]]) if count else 0
        if count and None in moves:
            outline = [*map(tuple, points[start : start + count].tolist()), *[(0, 0)] * PHANTOMS]
            moves = iup_delta(moves, outline, ends[places[name]].tolist())
        if count:
            deltas[start : start + count] = np.rint(np.array(moves[:count]))
        widening[name] = round(moves[count + 1][0] - moves[count][0])
    return deltas, widening


def add_checked_box(font: TTFont, outlines: Outlines) -> Outlines:
    """Return the outlines with ☑ made of □ and ✓; the face gets ☐ and ☑ in its cmap."""
    cmap = font.getBestCmap()
    square, mark = (outlines.glyphs.index(cmap[code]) for code in (SQUARE, CHECK_MARK))
    bounds = np.append(outlines.starts, len(outlines.points))
    parts = [slice(bounds[i], bounds[i + 1]) for i in (square, mark)]
    shift = int(outlines.ends[square][-1]) + 1
    ends = np.concatenate([outlines.ends[square], outlines.ends[mark] + shift])
    font.setGlyphOrder([*font.getGlyphOrder(), CHECKED_GLYPH])
    font["hmtx"].metrics[CHECKED_GLYPH] = font["hmtx"].metrics[cmap[SQUARE]]
    font["maxp"].numGlyphs += 1
    for table in font["cmap"].tables:
        if table.isUnicode() and hasattr(table, "cmap"):
            table.cmap |= {BALLOT_BOX: cmap[SQUARE], CHECKED_BOX: CHECKED_GLYPH}

    def extended(values: Any) -> Any:
        return np.concatenate([values, *(values[part] for part in parts)])

    return Outlines(
        glyphs=[*outlines.glyphs, CHECKED_GLYPH],
        starts=np.append(outlines.starts, len(outlines.points)).astype(np.int32),
        ends=[*outlines.ends, ends],
        on_curve=extended(outlines.on_curve),
        points=extended(outlines.points),
        deltas=extended(outlines.deltas),
        widening=outlines.widening,
    )


def add_small_signs(font: TTFont, outlines: Outlines) -> Outlines:
    """Return the outlines with raised and lowered signs (上下标): CO₂, m⁻¹; the face maps them."""
    for sign, base in RAISED.items():
        outlines = _add_small(font, outlines, sign, base, RISE)
    for sign, base in LOWERED.items():
        outlines = _add_small(font, outlines, sign, base, FALL)
    return outlines


def _add_small(font: TTFont, outlines: Outlines, sign: str, base: str, shift: int) -> Outlines:
    """Return the outlines with one sign more: its base smaller and shifted, its strokes kept."""
    cmap = font.getBestCmap()
    if ord(sign) in cmap:
        return outlines
    source, name = cmap[ord(base)], f"uni{ord(sign):04X}"
    place = outlines.glyphs.index(source)
    start = int(outlines.starts[place])
    part = slice(start, start + int(outlines.ends[place][-1]) + 1)
    points = np.rint(outlines.points[part] * SMALL).astype(np.int32)
    points[:, 1] += shift
    deltas = np.rint(outlines.deltas[part] * SMALL * HEAVIER).astype(np.int32)
    advance, side = font["hmtx"].metrics[source]
    font.setGlyphOrder([*font.getGlyphOrder(), name])
    font["hmtx"].metrics[name] = (round(advance * SMALL), round(side * SMALL))
    font["maxp"].numGlyphs += 1
    for table in font["cmap"].tables:
        if table.isUnicode() and hasattr(table, "cmap"):
            table.cmap[ord(sign)] = name
    wider = round(outlines.widening.get(source, 0) * SMALL * HEAVIER)
    return Outlines(
        glyphs=[*outlines.glyphs, name],
        starts=np.append(outlines.starts, len(outlines.points)).astype(np.int32),
        ends=[*outlines.ends, outlines.ends[place]],
        on_curve=np.concatenate([outlines.on_curve, outlines.on_curve[part]]),
        points=np.concatenate([outlines.points, points]),
        deltas=np.concatenate([outlines.deltas, deltas]),
        widening={**outlines.widening, name: wider},
    )


def _axis_bytes(
    steps: Ints, starts: Ints, short: int, same: int
) -> tuple[bytes, NDArray[np.uint8], list[int]]:
    """Return the packed steps of one axis, the flag bits, and each glyph's first byte."""
    is_short = (np.abs(steps) < 256) & (steps != 0)
    size = np.where(is_short, 1, np.where(steps == 0, 0, 2))
    at = np.cumsum(size) - size
    packed = np.zeros(int(size.sum()), np.uint8)
    packed[at[is_short]] = np.abs(steps[is_short])
    is_long = size == 2
    words = steps[is_long]
    packed[at[is_long]] = (words >> 8) & 0xFF
    packed[at[is_long] + 1] = words & 0xFF
    bits = np.where(is_short, np.where(steps > 0, short | same, short), 0)
    bits = np.where(steps == 0, same, bits).astype(np.uint8)
    return packed.tobytes(), bits, [*at[starts].tolist(), len(packed)]


def _pack(outlines: Outlines, points: Ints) -> tuple[dict[str, bytes], dict[str, int], list[int]]:
    """Return glyph records by name, the left edge of each, and the box of the whole face."""
    starts = outlines.starts
    low = np.minimum.reduceat(points, starts)
    high = np.maximum.reduceat(points, starts)
    xs, x_bits, x_at = _axis_bytes(_relative(points[:, 0], starts), starts, X_SHORT, X_SAME)
    ys, y_bits, y_at = _axis_bytes(_relative(points[:, 1], starts), starts, Y_SHORT, Y_SAME)
    flags = (outlines.on_curve | x_bits | y_bits).tobytes()
    boxes = np.concatenate([low, high], axis=1).astype(">i2")
    bounds = [*starts.tolist(), len(points)]
    records = {}
    for i, name in enumerate(outlines.glyphs):
        end = outlines.ends[i]
        records[name] = b"".join(
            (
                len(end).to_bytes(2, "big"),
                boxes[i].tobytes(),
                end.astype(">u2").tobytes(),
                b"\0\0",
                flags[bounds[i] : bounds[i + 1]],
                xs[x_at[i] : x_at[i + 1]],
                ys[y_at[i] : y_at[i + 1]],
            )
        )
    left = dict(zip(outlines.glyphs, low[:, 0].tolist(), strict=True))
    return records, left, [*low.min(axis=0).tolist(), *high.max(axis=0).tolist()]


def _raw_table(tag: str, data: bytes) -> DefaultTable:
    table = DefaultTable(tag)
    table.data = data
    return table


def _rename(font: TTFont, family: str, style: str, weight: int) -> None:
    names = {1: family, 2: style, 4: f"{family} {style}", 6: f"{family.replace(' ', '')}-{style}"}
    table = font["name"]
    table.names = [record for record in table.names if record.nameID not in {16, 17, 25}]
    for record in table.names:
        record.string = names.get(record.nameID, record.string)
    font["OS/2"].usWeightClass = weight
    bold = weight >= 700
    font["OS/2"].fsSelection = 0x20 if bold else 0x40
    font["head"].macStyle = int(bold)


def weight_scalar(font: TTFont, weight: int) -> float:
    """Return where the weight lies between the default and the heaviest master, 0 to 1."""
    axis = font["fvar"].axes[0]
    place = normalizeLocation(
        {"wght": weight}, {"wght": (axis.minValue, axis.defaultValue, axis.maxValue)}
    )["wght"]
    return float(piecewiseLinearMap(place, font["avar"].segments["wght"]))


def write_weights(source: Path, targets: Mapping[Path, tuple[str, str, int]]) -> None:
    """Write one static face per target: path → family, style, weight (100–900)."""
    with TTFont(source, lazy=True, recalcBBoxes=False, recalcTimestamp=False) as font:
        scalars = {path: weight_scalar(font, weight) for path, (_, _, weight) in targets.items()}
        outlines = add_small_signs(font, add_checked_box(font, read_outlines(font)))
        metrics = dict(font["hmtx"].metrics)
        for tag in DROPPED:
            if tag in font:
                del font[tag]
        for path, (family, style, weight) in targets.items():
            _move(font, outlines, metrics, scalars[path])
            _rename(font, family, style, weight)
            font.save(path)


def _move(
    font: TTFont, outlines: Outlines, metrics: Mapping[str, tuple[int, int]], scalar: float
) -> None:
    """Put the outlines moved by a share of their deltas into the face, and their metrics."""
    moved = outlines.points + np.floor(outlines.deltas * scalar + 0.5)
    records, left, box = _pack(outlines, moved.astype(np.int32))
    data, offsets = bytearray(), [0]
    for name in font.getGlyphOrder():
        record = records.get(name, b"")
        data += record + bytes(-len(record) % 4)
        offsets.append(len(data))
    for name, (advance, side) in metrics.items():
        wider = round(outlines.widening.get(name, 0) * scalar)
        font["hmtx"].metrics[name] = (advance + wider, left.get(name, side))
    font.tables["glyf"] = _raw_table("glyf", bytes(data))
    font.tables["loca"] = _raw_table("loca", np.array(offsets, ">u4").tobytes())
    head = font["head"]
    head.indexToLocFormat = 1
    head.xMin, head.yMin, head.xMax, head.yMax = box
