"""Examples/calc/glmm-poisson.ods: the documented examples and the epilepsy data."""

import uno  # which makes the next names importable
from com.sun.star.table.CellHoriJustify import RIGHT
from sheet_requests import EXAMPLES, RANGES

TITLES = [
    "Example 1: Poisson GLMM with random intercept only",
    "Example 2: Poisson GLMM with random slopes",
    "Example 3: Poisson GLMM with 90% confidence intervals",
    "Example 4: Poisson GLMM without fixed intercept",
]
BOLD = 150.0


class Page:
    """A sheet, and what its cells are to hold."""

    def __init__(self, document, name):
        self.document, self.cells = document, {}
        document.sheet = document.document.Sheets.getByName(name)

    def keep(self, column, row, rows):
        for i, cells in enumerate(rows):
            for j, cell in enumerate(cells):
                self.cells[row + i, column + j] = cell

    def data(self, column, row, titles, rows):
        """Rows under their titles; returns the name of the rows' range."""
        self.titles(column, row, titles)
        self.document.area(column, row, 1, len(titles)).HoriJustify = RIGHT
        self.keep(column, row + 1, rows)
        return self.document.put(column, row + 1, rows).replace("$", "")

    def titles(self, column, row, titles):
        self.keep(column, row, [titles])
        self.document.put(column, row, [titles])
        self.document.area(column, row, 1, len(titles)).CharWeight = BOLD

    def table(self, column, row, formula, expected):
        """An array formula under a row that shows it."""
        self.titles(column, row, [formula])
        self.keep(column, row + 1, expected)
        area = self.document.enter(formula, column, row + 1, len(expected), len(expected[0]))
        formats = self.document.document.NumberFormats
        language = self.document.document.CharLocale
        key = formats.queryKey("0.0000", language, False)
        key = formats.addNew("0.0000", language) if key < 0 else key
        for index, cells in enumerate(zip(*expected)):
            if any(isinstance(cell, float) and cell % 1 for cell in cells):
                self.document.area(column + index, row + 1, len(expected), 1).NumberFormat = key
        for index, cells in enumerate(zip(*expected)):
            # Titles of numbers stand above them.
            if isinstance(cells[len(cells) > 1], (int, float)):
                self.document.area(column + index, row + 1, len(cells), 1).HoriJustify = RIGHT
            columns = self.document.area(column + index, row, 1, 1).Columns
            least = 3800 if "incidence_rate_ratio" in cells else 3000
            columns.Width = max(columns.Width, least)
        return row + 1 + len(expected)

    def rows(self):
        height, width = (max(place[i] for place in self.cells) + 1 for i in (0, 1))
        return [[self.cells.get((i, j), "") for j in range(width)] for i in range(height)]


def write_example(document, command, epilepsy):
    """Writes the sheets; returns what their cells are to hold, by name."""
    sheets = document.document.Sheets
    sheets.getByIndex(0).setName("Examples")
    sheets.insertNewByName("Epilepsy", 1)
    pages = {"Examples": examples(document, command)}
    pages["Epilepsy"] = epilepsy_page(document, command, epilepsy)
    style = document.document.StyleFamilies.getByName("PageStyles").getByName("Default")
    style.IsLandscape = True
    style.Width, style.Height = 29700, 21000
    style.ScaleToPagesX, style.ScaleToPagesY = 1, 0
    document.sheet = sheets.getByIndex(0)
    return {name: page.rows() for name, page in pages.items()}


def examples(document, command):
    page = Page(document, "Examples")
    row = 0
    for title, request in zip(TITLES, EXAMPLES):
        page.titles(0, row, [title])
        arguments = [
            page.data(column, row + 1, [name], request[name])
            for column, name in enumerate(RANGES)]
        other = request.get("x_random")
        if isinstance(other, list):
            arguments.append(page.data(3, row + 1, ["x_random"], other))
        elif other is not None:
            arguments.append("FALSE" if other is False else repr(other))
        formula = f"=GLMM_POISSON({';'.join(arguments)})"
        row = page.table(5, row + 1, formula, command.rows(**request)) + 2
    return page


def epilepsy_page(document, command, epilepsy):
    page = Page(document, "Epilepsy")
    header, *rows = epilepsy
    at = header.index
    # Files hold numbers to 15 digits: those of six decimals are read back as they were.
    rows = [
        [row[at("y")], round(row[at("lbase")], 6), row[at("trt")],
         round(row[at("lbase")] * row[at("trt")], 6), round(row[at("lage")], 6), row[at("V4")],
         row[at("subject")]]
        for row in rows]
    page.data(
        0, 0, ["seizures", "lbase", "trt", "lbase x trt", "lage", "V4", "subject"], rows)
    end = len(rows) + 1
    data = f"A2:A{end};B2:F{end};G2:G{end}"
    request = {"y": [row[:1] for row in rows], "x": [row[1:6] for row in rows],
               "groups": [row[6:] for row in rows]}
    row = page.table(8, 0, f"=GLMM_POISSON({data})", command.rows(**request))
    warnings = command.rows(**request, result="warnings")
    row = page.table(8, row + 1, f"=GLMM_POISSON_WARNINGS({data})", warnings)
    new_x, new_groups = [[0, 0, 0, 3.4, 0], [0, 1, 0, 3.4, 0], [0, 1, 0, 3.4, 1]], [[1], [59], [77]]
    first = row + 3
    page.data(8, row + 1, ["lbase", "trt", "lbase x trt", "lage", "V4"], new_x)
    page.data(13, row + 1, ["subject"], new_groups)
    new = f"I{first}:M{first + 2};N{first}:N{first + 2}"
    page.table(
        15, row, f"=GLMM_POISSON_PREDICT({data};{new})",
        command.rows(**request, result="predictions", new_x=new_x, new_groups=new_groups))
    page.table(
        24, 0, f"=GLMM_POISSON_GROUPS({data})", command.rows(**request, result="groups"))
    return page
