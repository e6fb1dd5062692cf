"""The price table: whole, dated, and honest about its age."""

from __future__ import annotations

from datetime import date

import pytest

from course_utils import cli
from course_utils.aws import prices
from course_utils.widgets import job_timeline
from course_utils.widgets.rebuild_dial import Assumptions


def test_every_row_has_a_price_a_date_and_a_source() -> None:
    table = prices.table()
    assert len(table) > 40
    assert (table["usd_per_hour"] > 0).all()
    assert table["as_of"].str.fullmatch(r"\d{4}(-\d\d)?").all()
    assert (table["source"].str.len() > 20).all()
    assert set(table["use"]) == set(prices.USES)
    assert not table.duplicated(["region", "instance", "use"]).any()


def test_widgets_read_this_table_and_no_other() -> None:
    assert prices.instances("training") == job_timeline.PRICES
    assert prices.of("ml.t2.medium", "hosting").usd_per_hour == job_timeline.ENDPOINT_PRICE
    assert prices.of("ml.m5.large", "training").usd_per_hour == Assumptions().price


def test_a_price_differs_by_region_and_says_whether_it_was_billed() -> None:
    assert str(prices.of("ml.m5.xlarge", "training", "eu-west-1")) == "$0.257 an hour (eu-west-1, 2023-12)"
    assert "assumed" in str(prices.of("ml.m5.xlarge", "training", "us-east-1"))


def test_an_old_table_is_said_to_be_old() -> None:
    assert prices.warning("us-east-1", date(2025, 12, 31)) is None
    assert "are of 2025" in prices.warning("us-east-1", date(2026, 1, 10))
    assert "are of 2023-12" in prices.warning("eu-west-1", date(2025, 1, 1))
    assert "no row for mars-1" in prices.warning("mars-1")


def test_what_is_not_in_the_table_is_named_with_what_is() -> None:
    with pytest.raises(prices.PriceUnknown, match=r"ml\.t2\.medium costs for training .* ml\.m5\.large"):
        prices.of("ml.t2.medium", "training")
    with pytest.raises(prices.PriceUnknown, match="nothing in mars-1; regions: us-east-1"):
        prices.of("ml.m5.large", "training", "mars-1")
    with pytest.raises(ValueError, match="must be one of training"):
        prices.of("ml.m5.large", "dancing")


def test_the_command_prints_prices_dates_and_the_warning(capsys: pytest.CaptureFixture) -> None:
    assert cli.main(["aws", "prices", "--region", "eu-west-1"]) == 0
    shown = capsys.readouterr().out
    assert "eu-west-1      ml.m5.xlarge   $0.257   2023-12  on a bill" in shown
    assert "are of 2023-12. Compare them with https://aws.amazon.com/sagemaker/pricing/" in shown
    assert cli.main(["aws", "prices", "--region", "mars-1"]) == 1
    assert "no price of mars-1" in capsys.readouterr().err
