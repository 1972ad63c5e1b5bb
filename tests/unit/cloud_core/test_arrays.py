from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from siaga_cloud.platform.db.arrays import array


def test_values_are_written_as_postgresql_reads_them() -> None:
    at = datetime(2026, 1, 15, 8, tzinfo=UTC)
    assert array(["box-one", 7, 1.5, None, UUID(int=1), at]) == (
        "{box-one,7,1.5,NULL,00000000-0000-0000-0000-000000000001,2026-01-15T08:00:00+00:00}"
    )
    assert array([]) == "{}"


@pytest.mark.parametrize("word", ["a,b", "a b", "}", 'a"', "a\\", "", "null"])
def test_a_word_that_would_not_remain_itself_is_refused(word: str) -> None:
    for words in ([word], ["x", word], [word, "x"]):
        with pytest.raises(ValueError, match="names"):
            array(words)
