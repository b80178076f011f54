"""Documents: the documented examples in files, and the example of Examples/calc."""

import re
import shutil
import unittest
import zipfile

import session
from example import write_example
from office import UNKNOWN_NAME, values
from sheet_requests import EXAMPLES, FORMULAS, RANGES, rows_of

# A name of a stored formula that no other program's function has.
STORED = "ORG.GLMMPOISSON.GLMMPOISSON.GLMMPOISSON"


class Examples(unittest.TestCase):
    """The four documented examples."""

    def test_inline_arrays_give_what_call_gives(self):
        with session.office.new() as document:
            for text, request in zip(FORMULAS, EXAMPLES):
                expected = session.command.rows(**request)
                self.assertEqual(expected[0][0], "fixed_effects")
                area = document.enter(text, 0, 0, len(expected), 9)
                self.assertEqual(values(area), expected)
                area.clearContents(1023)

    def test_files_are_written_loaded_and_recalculated(self):
        for extension in ["ods", "xlsx", "xls"]:
            with self.subTest(extension):
                path = session.folder / f"examples.{extension}"
                with session.office.new() as document:
                    put_examples(document)
                    document.store(path)
                with session.office.load(path) as document:
                    document.document.calculateAll()
                    for index, request in enumerate(EXAMPLES):
                        expected = session.command.rows(**request)
                        area = document.area(6, 12 * index, len(expected), 9)
                        self.assertIn("GLMM", area.getArrayFormula())
                        self.assertEqual(values(area), expected)
                    # What is loaded is a function, not the numbers that were there.
                    document.put(0, 0, [[7]])
                    changed = {**EXAMPLES[0], "y": [[7]] + EXAMPLES[0]["y"][1:]}
                    expected = session.command.rows(**changed)
                    self.assertEqual(values(document.area(6, 0, len(expected), 9)), expected)

    def test_the_plain_name_in_an_xlsx_of_another_program(self):
        """Calc/README.md says that 7.4 does not know the name, and what mends it."""
        own, other = session.folder / "own.xlsx", session.folder / "other.xlsx"
        with session.office.new() as document:
            document.enter(FORMULAS[0], 0, 0, 8, 9)
            document.enter(f"=INDEX({FORMULAS[0][1:]};2;3)", 10, 0)
            document.store(own)
        with zipfile.ZipFile(own) as source, zipfile.ZipFile(other, "w") as target:
            for name in source.namelist():
                data = source.read(name)
                if name.endswith("sheet1.xml"):
                    self.assertEqual(data.upper().count(STORED.encode()), 2)
                    data = re.sub(STORED.encode(), b"GLMM_POISSON", data, flags=re.IGNORECASE)
                target.writestr(name, data)
        expected = session.command.rows(**EXAMPLES[0])
        with session.office.load(other) as document:
            document.document.calculateAll()
            single, area = document.area(10, 0, 1, 1), document.area(0, 0, 8, 9)
            if session.office.version() <= (7, 4):
                self.assertEqual(values(single) + values(area)[:1], [[UNKNOWN_NAME],
                                                                  [UNKNOWN_NAME] * 9])
                # Find & Replace in the formulas mends single cells; arrays are entered anew.
                replace_all(document, "glmm_poisson", "GLMM_POISSON")
                area.setArrayFormula(FORMULAS[0])
            self.assertEqual(values(single), [[expected[1][2]]])
            self.assertEqual(values(area), expected)

    def test_the_committed_example_is_what_call_gives(self):
        with session.office.load(session.EXAMPLE) as document:
            document.document.calculateAll()
            found = sheets(document)
        written = session.folder / "glmm-poisson.ods"
        with session.office.new() as document:
            expected = write_example(document, session.command, rows_of(session.EPILEPSY))
            document.store(written)
        with session.office.load(written) as document:
            self.assert_equal_sheets(sheets(document), expected)
        # Whoever changes the example finds the new one there, to be looked at and committed.
        shutil.copy(written, session.RESULT)
        self.assert_equal_sheets(found, expected)

    def assert_equal_sheets(self, found, expected):
        self.assertEqual(list(found), list(expected))
        for name, rows in expected.items():
            self.assertEqual(len(found[name]), len(rows))
            for number, row in enumerate(rows):
                self.assertEqual(found[name][number], row, f"{name}, row {number + 1}")


def put_examples(document):
    """The examples' columns from A on and their tables from G on, twelve rows each."""
    for index, request in enumerate(EXAMPLES):
        row = 12 * index
        names = [document.put(column, row, request[name]) for column, name in enumerate(RANGES)]
        other = request.get("x_random")
        if isinstance(other, list):
            names.append(document.put(3, row, other))
        elif other is not None:
            names.append("FALSE()" if other is False else repr(other))
        count = len(session.command.rows(**request))
        document.enter(f"=GLMM_POISSON({';'.join(names)})", 6, row, count, 9)


def replace_all(document, text, replacement):
    """Find & Replace in the formulas of a sheet."""
    search = document.sheet.createReplaceDescriptor()
    search.setSearchString(text)
    search.setReplaceString(replacement)
    return document.sheet.replaceAll(search)


def sheets(document):
    """The cells of all sheets by the sheets' names."""
    found = {}
    for name in document.document.Sheets.ElementNames:
        document.sheet = document.document.Sheets.getByName(name)
        found[name] = values(used(document))
    return found


def used(document):
    cursor = document.sheet.createCursor()
    cursor.gotoEndOfUsedArea(False)
    end = cursor.RangeAddress
    return document.area(0, 0, end.EndRow + 1, end.EndColumn + 1)
