"""The codec: whatever is written is read again, however it is cut; whatever is not a message is refused."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pli.capture.channels.ipp.codec import (
    Attribute,
    Decoder,
    Group,
    MalformedMessage,
    Message,
    Tag,
    decode,
    encode,
    group_of,
    make,
)

NAMES = st.text("abcdefghij-", min_size=1, max_size=12)
INTEGERS = st.integers(-(2**31), 2**31 - 1)
TEXTS = st.text(max_size=40)
INSTANTS = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made aware below
    lambda at: at.replace(microsecond=at.microsecond // 100_000 * 100_000, tzinfo=UTC)
)


def _of(tag: int, values: st.SearchStrategy[object]) -> st.SearchStrategy[tuple[int, tuple[object, ...]]]:
    return st.tuples(st.just(int(tag)), st.lists(values, min_size=1, max_size=3).map(tuple))


PLAIN = st.one_of(
    _of(Tag.INTEGER, INTEGERS), _of(Tag.ENUM, INTEGERS), _of(Tag.BOOLEAN, st.booleans()),
    _of(Tag.RANGE, st.tuples(INTEGERS, INTEGERS)), _of(Tag.DATE_TIME, INSTANTS),
    _of(Tag.RESOLUTION, st.tuples(INTEGERS, INTEGERS, st.integers(-128, 127))),
    _of(Tag.OCTETS, st.binary(max_size=40)), _of(Tag.TEXT, TEXTS), _of(Tag.NAME, TEXTS), _of(Tag.URI, TEXTS),
    st.just((int(Tag.NO_VALUE), ())), st.just((int(Tag.UNKNOWN), ())),
)  # fmt: skip


def _named(values: st.SearchStrategy[tuple[int, tuple[object, ...]]]) -> st.SearchStrategy[dict[str, Attribute]]:
    return st.dictionaries(NAMES, values, max_size=3).map(
        lambda found: {name: Attribute(name, tag, held) for name, (tag, held) in found.items()}
    )


VALUES = st.recursive(PLAIN, lambda inner: _of(Tag.BEGIN_COLLECTION, _named(inner)), max_leaves=3)
GROUPS = st.builds(Group, st.sampled_from([1, 2, 4, 5]), _named(VALUES))
MESSAGES = st.builds(
    Message,
    st.tuples(st.integers(0, 255), st.integers(0, 255)),
    st.integers(0, 0xFFFF),
    INTEGERS,
    st.lists(GROUPS, max_size=4),
)


# A shared machine may draw slowly.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(MESSAGES, st.binary(max_size=60), st.lists(st.integers(1, 30), max_size=40))
def test_what_is_written_is_read_again_however_it_is_cut(message: Message, document: bytes, cuts: list[int]) -> None:
    content, decoder, after = encode(message) + document, Decoder(), b""
    for cut in [*cuts, len(content)]:
        piece, content = content[:cut], content[cut:]
        if decoder.message is not None:
            after += piece
        elif decoder.feed(piece):
            after = decoder.rest
    assert decoder.message == message and after == document


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_refused(content: bytes) -> None:
    try:
        message, _ = decode(content)
    except MalformedMessage:
        return
    assert isinstance(message, Message)


def test_a_header_is_believed_up_to_its_limit() -> None:
    many = [make(f"a{number}", Tag.TEXT, "x" * 1000) for number in range(1200)]
    content = encode(Message((2, 0), 2, 1, [group_of(Tag.OPERATION, many)]))
    with pytest.raises(MalformedMessage):
        decode(content)
    decoder = Decoder()
    decoder.feed(content[:9])
    with pytest.raises(MalformedMessage):
        for start in range(9, len(content), 5000):
            decoder.feed(content[start : start + 5000])


def test_deep_collections_are_refused() -> None:
    value: dict[str, Attribute] = {}
    for _ in range(20):
        value = {"a": make("a", Tag.BEGIN_COLLECTION, value)}
    with pytest.raises(MalformedMessage):
        decode(encode(Message((2, 0), 2, 1, [group_of(1, [make("a", Tag.BEGIN_COLLECTION, value)])])))


def test_old_windows_letters_are_read() -> None:
    raw = b"\x02\x00\x00\x02\x00\x00\x00\x01\x01\x42\x00\x08job-name\x00\x06\xc9t\xe9 \x80\x81\x03"
    message, _ = decode(raw)
    group = message.group(1)
    assert group is not None and group.attributes["job-name"].value == "Été €\x81"


def test_a_name_with_its_language_is_a_name() -> None:
    raw = b"\x02\x00\x00\x02\x00\x00\x00\x01\x01\x36\x00\x01n\x00\x09\x00\x02fr\x00\x03Pli\x03"
    group = decode(raw)[0].group(1)
    assert group is not None and group.attributes["n"].value == "Pli"
