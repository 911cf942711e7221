"""A user's CSV: read as a spreadsheet writes it; whatever is wrong is said with row and column."""

import numpy as np
import pytest

from racing_core import memory, own_table
from racing_core.errors import InputError

X = [[1.5, -2e-3], [0, 4], [5, 6]]
Y = ["cat", "dog", "cat"]
PLAIN = "size,weight,kind\n1.5,-2e-3,cat\n0,4,dog\n5,6,cat\n"


def written(folder, text, encoding="utf-8"):
    file = folder / "own.csv"
    file.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return str(file)


READ = {
    "plain": (PLAIN, ""),
    "named label": (PLAIN, "kind"),
    "windows": (PLAIN.replace("\n", "\r\n"), ""),
    "old mac": (PLAIN.replace("\n", "\r"), ""),
    "mark": ("\ufeff" + PLAIN, "kind"),
    "semicolons": (PLAIN.replace(",", ";"), ""),
    "tabs": (PLAIN.replace(",", "\t"), ""),
    "no header": ("1.5,-2e-3,cat\n0,4,dog\n5,6,cat", ""),
    "no header, by number": ("1.5,-2e-3,cat\n0,4,dog\n5,6,cat", "3"),
    "label first": ("kind,a,b\ncat,1.5,-.002\ndog,0,4.\ncat,+5,6", "kind"),
    "label in the middle": ("1.5,cat,-2e-3\n0,dog,4\n5,cat,6", "2"),
    "counted by pandas": ("0,1,kind\n1.5,-2e-3,cat\n0,4,dog\n5,6,cat", ""),
    "counted, label first": ("0,1,2\ncat,1.5,-2e-3\ndog,0,4\ncat,5,6", "0"),
    "years": ("2019,2020,kind\n1.5,-2e-3,cat\n0,4,dog\n5,6,cat", "kind"),
    "quoted": ('"size, in cm","a ""b""",kind\n"1.5","-2E-3","cat"\n0,4,dog\n5,6,cat', "kind"),
    "spaces": (" size , weight , kind\n 1.5, -2e-3, cat \n0 ,4,dog\n5,6,cat", "kind"),
    "empty lines": ("\n\n" + PLAIN.replace("\n", "\n\n"), ""),
}


@pytest.mark.parametrize("case", READ)
def test_tables_are_read_as_spreadsheets_write_them(case, tmp_path):
    text, label = READ[case]
    x, y = own_table.read(written(tmp_path, text), label)
    np.testing.assert_array_equal(x, X)
    assert y.tolist() == Y


REFUSED = {
    "word": ("a,b,y\n1,2,0\n1,two,1", "", "'two' in row 3, column 'b'"),
    "missing": ("a,b,y\n1,2,0\n\n1,,1", "", "nothing in row 4, column 'b'"),
    "NaN": ("1,2,0\n1,nan,1", "", "'nan' in row 2, column '2'"),
    "NaN in the first row": ("1,NaN,0\n1,2,1\n3,4,0", "", "'NaN' in row 1, column '2'"),
    "infinite in the first row": ("-inf,2,0\n1,2,1\n3,4,0", "", "'-inf' in row 1, column '1'"),
    "infinite": ("1,2,0\n1,1e999,1", "", "'1e999' in row 2, column '2'"),
    "underscore": ("1,2,0\n1,1_0,1", "", "'1_0' in row 2, column '2'"),
    "hexadecimal": ("1,2,0\n1,0x10,1", "", "'0x10' in row 2, column '2'"),
    "other digits": ("1,2,0\n1,٣,1", "", "'٣' in row 2, column '2'"),
    "decimal comma": ("1;2;0\n1,5;2;1", "", "'1,5' in row 2, column '1'"),
    "no label": ("a,b,y\n1,2,0\n1,2,", "", "'' in row 3, column 'y'"),
    "label NaN": ("a,b,y\n1,2,0\n1,2,nan", "", "'nan' in row 3, column 'y'"),
    "long row": ("a,b,y\n1,2,0\n1,2,3,1", "", "4 columns in row 3, but 3"),
    "one column": ("a\n1\n2", "", "has 1 column in its first row"),
    "nothing": ("", "", "0 columns in its first row"),
    "missing in R": ("a,b,y\n1,2,0\n1,2,NA", "", "'NA' in row 3, column 'y'"),
    "missing in a database": ("a,b,y\n1,2,0\n1,2,\\N", "", "row 3, column 'y'"),
    "missing in C": ("a,b,y\n1,2,0\n1,2,-1.#IND", "", "'-1.#IND' in row 3, column 'y'"),
    "label infinite": ("a,b,y\n1,2,0\n1,2,inf", "", "'inf' in row 3, column 'y'"),
    "one number twice": ("a,b,y\n1,2,1\n2,1,1\n1,2,1.0", "", "labels '1' and '1.0', which are one"),
    "numbered rows": (",a,b,y\n0,1,2,0\n1,1,2,1", "", "no name in column 1 of its header"),
    "numbered in R": ('"a","","y"\n1,2,x\n1,2,z', "y", "no name in column 2 of its header"),
    "only a header": ("a,b,y\n", "", "no samples below its header"),
    "unknown label": (
        PLAIN,
        "colour",
        "no column 'colour' of labels; its columns are size, weight",
    ),
    "two of a name": ("y,y,a\n1,2,3", "y", "more than one column 'y'"),
    "open quote": ('a,b,y\n1,"2,0\n1,2,1', "", "quotation marks"),
    "latin-1": ("a,b,y\n1,2,Zürich".encode("latin-1"), "", "no UTF-8"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_wrong_is_said_with_row_and_column(case, tmp_path):
    text, label, part = REFUSED[case]
    file = written(tmp_path, text)
    with pytest.raises(InputError) as refused:
        own_table.read(file, label)
    said = str(refused.value)
    assert part in said
    assert said.startswith(file)
    assert said.endswith(".")
    assert "\n" not in said


def test_files_that_are_no_table(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="does not exist"):
        own_table.read(str(tmp_path / "nowhere.csv"))
    with pytest.raises(InputError, match="no regular file"):
        own_table.read(str(tmp_path))
    file = written(tmp_path, PLAIN)
    monkeypatch.setattr(memory, "available", lambda: 100)
    with pytest.raises(InputError, match="GB of memory"):
        own_table.read(file)


def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    file = written(tmp_path, PLAIN)

    def refuse(*args, **named):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(own_table.Path, "open", refuse)
    with pytest.raises(InputError, match=r"own\.csv cannot be read \(Permission denied\)"):
        own_table.read(file)
