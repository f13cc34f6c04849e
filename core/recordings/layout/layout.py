"""What the rows and columns of a table mean."""

from typing import Literal

from pydantic import Field

from core.config import Model

Kind = Literal["rows", "columns", "long", "channels"]
TimeUnit = Literal["", "s", "ms", "µs", "ns", "min", "h", "days"]


class Layout(Model):
    """What the rows and columns of a table mean. Columns without a role hold samples."""

    kind: Kind = Field(
        "rows",
        description="rows: each row is a signal. columns: each column is a signal. long: each row is a moment of one signal, "
        "which a column names. channels: one long recording, whose columns are its channels.",
    )
    id_column: str = Field(
        "", description="The column that says which signal a row belongs to; none where it is empty."
    )
    time_column: str = Field("", description="The column with the time of each row; none where it is empty.")
    date_column: str = Field(
        "",
        description="The column with the day, where the time column holds only the time of the day; none where it is empty.",
    )
    time_unit: TimeUnit = Field(
        "",
        description="The unit of a time column that holds numbers. Empty: as its name says, or as its values suggest.",
    )
    channel_column: str = Field(
        "", description="The column that says which channel a row is of; none where it is empty."
    )
    labels: tuple[str, ...] = Field(
        (),
        description="Columns that are no samples but what is known of a signal: its class, or a number such as a load.",
    )
    ignored: tuple[str, ...] = Field((), description="Columns that are left out.")

    @property
    def roles(self) -> dict[str, str]:
        """What each column is that holds no samples, by its name."""
        single = {
            self.id_column: "the id",
            self.time_column: "the time",
            self.date_column: "the day",
            self.channel_column: "the channel",
        }
        return (
            {name: role for name, role in single.items() if name}
            | dict.fromkeys(self.labels, "a label")
            | dict.fromkeys(self.ignored, "ignored")
        )
