"""The ways through the page."""

import gzip
import json
import pathlib
import subprocess
import sys

import session
from page import TEXTS_OUTSIDE, TEXTS_TOUCHING, PageTest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

COMMAND = sys.argv[2]
X, GROUPS = [[1], [2], [3], [1], [2], [3]], [[1], [1], [1], [2], [2], [2]]
# The requests of the documentation, for `glmm-poisson call`.
EXAMPLES = {
    "Example 1": {"y": [[2], [3], [5], [1], [2], [4]], "x": X, "groups": GROUPS},
    "Example 2": {"y": [[5], [7], [10], [3], [5], [8]], "x": X, "groups": GROUPS, "x_random": X},
    "Example 3": {"y": [[10], [12], [15], [8], [10], [13]],
                  "x": [[1], [1.5], [2], [1], [1.5], [2]], "groups": GROUPS, "alpha": 0.1},
    "Example 4": {"y": [[3], [6], [9], [2], [4], [6]], "x": X, "groups": GROUPS,
                  "fit_intercept": False},
}


def called(request):
    """The numbers of the documented table, row by row, in six digits."""
    answer = subprocess.run([COMMAND, "call", "--quiet"], input=json.dumps(request), text=True,
                            stdout=subprocess.PIPE, check=True).stdout
    rows = [[f"{cell:.6g}" for cell in row if isinstance(cell, (int, float))]
            for row in json.loads(answer)]
    return [row for row in rows if row]


class Examples(PageTest):
    def test_documented_examples_have_the_numbers_of_call(self):
        for title, request in EXAMPLES.items():
            with self.subTest(title):
                self.setUp()
                self.example(title)
                self.fit()
                shown = session.run("""
                  return [...document.querySelectorAll("#answer section:not(.warnings)")][0]
                    .querySelectorAll("tbody tr").values().map((row) =>
                      [...row.querySelectorAll("td")].map((cell) => cell.textContent)).toArray()""")
                self.assertEqual(shown, called(request))
                self.assert_sound(title.lower().replace(" ", "-"))

    def test_epilepsy(self):
        self.example("Epilepsy")
        self.assertEqual(self.value("#formula"), "y ~ lbase * trt + lage + V4 + (1 | subject)")
        self.assertTrue(self.is_shown("#formula-note"))
        self.assert_sound("epilepsy-chosen")
        self.fit()
        self.assertIn("236 rows in 59 levels of subject", self.one("#answer h2").text)
        self.assertEqual(len(self.all("#answer figure svg")), 6)
        self.assert_sound("epilepsy")

    def test_ticks(self):
        self.example("Ticks")
        self.fit()
        self.assertEqual(len(self.all("#answer figure svg")), 8)
        self.assert_sound("ticks")


class Cells(PageTest):
    def test_paste(self):
        self.paste("visits\tdose\tclinic\r\n"
                   + "".join(f"{3 + row % 4 + row // 6}\t{row % 3},5\tclinic {row // 6}\r\n"
                             for row in range(24)))
        self.wait_for("#model")
        self.assertEqual(self.one("#read-as").text, "Read as 24 rows of 3 columns.")
        self.assertEqual(self.value("#separator"), "tab")
        self.assertEqual(self.value("#decimal"), ",")
        self.assertEqual(self.value("#formula"), "visits ~ dose + (1 | clinic)")
        self.assert_sound("pasted")
        # A role writes the formula, the formula the roles.
        role = self.one("#roles select[data-column=dose]")
        role.find_element("css selector", "[value=slope]").click()
        session.until(lambda: self.value("#formula") == "visits ~ dose + (1 + dose || clinic)",
                      "the formula of the roles")
        self.write("#formula", "visits ~ 0 + (1 | clinic)")
        session.until(lambda: self.value("#roles select[data-column=dose]") == "unused",
                      "the roles of the formula")
        self.assertFalse(self.one("#intercept").is_selected())
        self.write("#formula", "visits ~ dose + (1 | clinic)")
        self.fit()
        self.assertIn("24 rows in 4 levels of clinic", self.one("#answer h2").text)

    def test_cells_without_names(self):
        self.paste("3,1,a\n4,2,a\n2,1,b\n6,2,b\n")
        session.until(lambda: "named by letters" in self.one("#read-as").text, "letters")
        self.assertEqual(self.value("#header"), "false")
        self.assertEqual(self.value("#formula"), "A ~ B + (1 | C)")
        self.one("#header option[value=true]").click()
        session.until(lambda: self.one("#read-as").text == "Read as 3 rows of 3 columns.",
                      "names to be taken from the first row")

    def test_drop(self):
        session.run("""
          const data = new DataTransfer();
          data.items.add(new File(["n;site\\n3;a\\n4;a\\n9;b\\n5;b\\n"], "sites.csv"));
          for (const name of ["dragenter", "dragover", "drop"])
            document.getElementById("cells").dispatchEvent(new DragEvent(name,
              { dataTransfer: data, bubbles: true, cancelable: true }))""")
        self.wait_for("#model")
        self.assertEqual(self.one("#file-name").text, "sites.csv")
        self.assertEqual(self.value("#formula"), "n ~ 1 + (1 | site)")
        self.fit()
        self.assertIn("glmm-poisson fit sites.csv", self.one("#answer pre").text)
        self.assert_sound("dropped")

    def test_chosen_file_of_an_older_program(self):
        file = pathlib.Path(session.downloads.name, "größe.csv")
        file.write_bytes("zahl,größe,ort\n3,1,ä\n4,2,ä\n9,1,ü\n5,2,ü\n".encode("latin-1"))
        self.one("#file").send_keys(str(file))
        self.wait_for("#model")
        self.assertEqual(self.value("#formula"), "zahl ~ größe + (1 | ort)")
        self.fit()
        # What is taken away is UTF-8, and the command is about that.
        command = self.one("#answer pre").text
        self.assertIn("größe-as-read.csv", command)
        self.assertNotIn("--encoding", command)
        self.assertIn("größe-as-read.csv", [
            link.get_attribute("download") for link in self.all("#answer .takeaways a")])

    def test_a_compressed_file(self):
        file = pathlib.Path(session.downloads.name, "sites.csv.gz")
        file.write_bytes(gzip.compress(b"n;site\n3;a\n4;a\n9;b\n5;b\n"))
        self.one("#file").send_keys(str(file))
        self.wait_for("#model")
        self.fit()
        self.assertIn("glmm-poisson fit sites.csv ", self.one("#answer pre").text)

    def test_a_workbook(self):
        file = pathlib.Path(session.downloads.name, "counts.xlsx")
        file.write_bytes(b"PK\x03\x04\x14\x00\x06\x00" + b"\xe2\xff" * 20 + b"[Content_Types].xml")
        self.one("#file").send_keys(str(file))
        self.assertIn("this is an Excel workbook: save it as CSV",
                      self.wait_for("#cells-error").text)
        self.assertFalse(self.is_shown("#model"))

    def test_what_is_no_table(self):
        self.paste("y,x\n1,2\n3,4,5\n")
        self.assertIn("expected 2 fields", self.wait_for("#cells-error").text)
        self.assertEqual(self.one("#cells").get_attribute("aria-invalid"), "true")
        self.assert_sound("no-table")


class Answers(PageTest):
    def test_a_former_answer_says_so(self):
        self.example("Example 1")
        self.fit()
        self.assertFalse(self.is_shown("#answer .stale"))
        self.one("#intercept").click()
        self.assertTrue(self.is_shown("#answer .stale"))
        self.assert_sound("former-answer")
        session.until(lambda: self.value("#formula") == "y ~ 0 + x + (1 | groups)", "the formula")
        self.fit()
        session.until(lambda: not self.is_shown("#answer .stale"), "the new answer")
        self.example("Example 2")
        self.assertTrue(self.is_shown("#answer .stale"))


    def test_another_family_of_counts(self):
        self.example("Epilepsy")
        self.fit()
        self.assertIn("a negative binomial family", self.one("#answer .warnings").text)
        self.one("#family").send_keys("n")
        self.assertEqual(self.value("#family"), "negative-binomial")
        self.assertTrue(self.is_shown("#answer .stale"))
        self.fit()
        session.until(lambda: not self.is_shown("#answer .stale"), "the new answer")
        self.assertIn("Scatter of the counts", self.one("#answer").text)
        self.assertIn("--family negative-binomial", self.one("#answer pre").text)
        self.assert_sound("negative-binomial")
        # An example is a model with its options.
        self.example("Example 1")
        self.assertEqual(self.value("#family"), "poisson")


class Faults(PageTest):
    def test_formula(self):
        self.example("Example 1")
        self.write("#formula", "y ~ z + (1 | groups)")
        error = self.wait_for("#formula-error")
        self.assertIn("There is no column 'z'", error.text)
        self.assertEqual(self.one("#formula-error mark").text, "z")
        self.assertEqual(self.one("#formula").get_attribute("aria-invalid"), "true")
        self.assert_sound("formula-error")
        self.one("#fit").click()
        session.until(lambda: self.one("#status").text == "There is no answer yet.", "a refusal")
        self.assertEqual(session.run("return document.activeElement.id"), "formula")
        self.assertEqual(session.run("return document.activeElement.selectionStart"), 4)
        self.assertFalse(self.is_shown("#answer"))
        self.write("#formula", "y ~ x + (1 | groups)")
        session.until(lambda: not self.is_shown("#formula-error"), "the error to go")
        self.fit()

    def test_counts_that_are_none(self):
        self.paste("y,x,g\n1,2,a\n-3,1,a\n2,2,b\n1,3,b\n")
        self.write("#formula", "y ~ x + (1 | g)")
        self.one("#fit").click()
        self.assertIn("data.csv:3", self.wait_for("#cells-error").text)
        self.assertEqual(session.run("return document.activeElement.id"), "cells")

    def test_level(self):
        self.example("Example 1")
        self.write("#level", "120")
        self.one("#fit").click()
        self.assertIn("between 0 and 100", self.wait_for("#options-error").text)
        self.assert_sound("options-error")

    def test_warning(self):
        self.paste("y,x,g\n0,0,a\n0,0,b\n0,0,c\n3,1,a\n4,1,b\n2,1,c\n")
        self.write("#formula", "y ~ x + (1 | g)")
        self.fit()
        self.assertIn("No events in the 3 rows with x = 0", self.one("#answer .warnings").text)
        self.assert_sound("warning")

    def test_refusals_are_sentences(self):
        self.example("Example 1")
        session.run("""
          window.fetch = async () => new Response(
            JSON.stringify({ title: "Busy", status: 503, detail: "The server is busy." }),
            { status: 503, headers: { "Retry-After": "7" } })""")
        self.one("#fit").click()
        self.assertEqual(self.wait_for("#fit-error").text,
                         "The server is busy. Please try again in 7 seconds.")
        self.assert_sound("busy")
        session.run("""
          window.fetch = async () => new Response(
            JSON.stringify({ title: "Late", status: 504, detail: "There was no time." }),
            { status: 504 })""")
        self.one("#fit").click()
        session.until(lambda: "no time" in self.one("#fit-error").text, "the refusal")
        self.assertIn("'structured' is faster", self.one("#fit-error").text)


class Offline(PageTest):
    # The browser tells the console of every request that fails.
    expects_console = True

    def test_a_server_that_is_gone(self):
        self.example("Example 1")
        conditions = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        session.command("Network.enable")
        session.command("Network.emulateNetworkConditions", offline=True, **conditions)
        try:
            self.one("#fit").click()
            self.assertIn("does not answer", self.wait_for("#fit-error").text)
        finally:
            session.command("Network.emulateNetworkConditions", offline=False, **conditions)
        self.fit()

    def test_a_paste_beyond_the_limit(self):
        session.run("newCells({ text: 'y,x\\n' + '1,2\\n'.repeat(1500000) }); readCells()")
        error = self.wait_for("#cells-error").text
        self.assertRegex(error, r"5.?000.?000|5 MB|no request of this size")


class Takeaways(PageTest):
    def file(self, name):
        """A file of the answer, as a click leaves it."""
        (link,) = [link for link in self.all("#answer a") if link.get_attribute("download") == name]
        link.click()
        path = pathlib.Path(session.downloads.name, name)
        return session.until(lambda: path.exists() and path, name)

    def test_report(self):
        self.example("Epilepsy")
        self.fit()
        report = self.file("report.html")
        for scheme in ("light", "dark"):
            for width in (None, 375):
                session.media(prefers_color_scheme=scheme)
                session.width(width)
                session.driver.get(report.as_uri())
                self.assertEqual(len(self.all("svg")), 6)
                self.assert_sound(f"report-{scheme}-{width or 'desk'}")

    def test_files(self):
        self.example("Example 2")
        self.fit()
        names = [link.get_attribute("download") for link in self.all("#answer .takeaways a")]
        self.assertEqual(len(names), len(set(names)))
        # Of one of each kind: after ten Chromium asks whether a page may leave so many.
        for name in ("results.csv", "random-effects.csv", "random-effects-2.svg", "rootogram.svg"):
            self.assertIn(name, names)
            self.assertTrue(self.file(name).read_text(), name)
        results = json.loads(self.file("results.json").read_text())
        self.assertEqual(results["formula"], "y ~ x + (1 + x || groups)")
        rows = self.file("example-2.csv").read_text()
        self.assertEqual(rows, "y,x,groups\n5,1,1\n7,2,1\n10,3,1\n3,1,2\n5,2,2\n8,3,2\n")

    def test_copy(self):
        self.example("Example 3")
        self.fit()
        for index, beginning in enumerate(["glmm-poisson fit example-3.csv", "=GLMM_POISSON("]):
            button = self.all("#answer p button")[index]
            button.click()
            session.until(lambda: button.text == "Copied", "the copy")
            copied = session.run("return navigator.clipboard.readText()")
            self.assertEqual(copied, self.all("#answer pre")[index].text)
            self.assertTrue(copied.startswith(beginning), copied)


class Looks(PageTest):
    def test_both_colour_schemes(self):
        papers = []
        for scheme in ("light", "dark"):
            session.media(prefers_color_scheme=scheme)
            papers.append(session.run("return getComputedStyle(document.body).backgroundColor"))
            self.assert_sound(f"{scheme}-start")
            self.example("Epilepsy")
            self.write("#formula", "y ~ lbase +")
            self.wait_for("#formula-error")
            self.assert_sound(f"{scheme}-error")
            self.example("Epilepsy")
            self.fit()
            self.assert_sound(f"{scheme}-answer")
            session.driver.get(session.address + "/")
            session.until(lambda: self.all("#examples button"), "the examples")
        self.assertNotEqual(*papers)

    def test_a_phone(self):
        session.width(375)
        self.assertEqual(session.run("return innerWidth"), 375)
        self.assert_sound("phone-start")
        self.example("Epilepsy")
        self.assert_sound("phone-model")
        self.fit()
        self.assert_sound("phone-answer")
        # Text of pictures is as large as it was drawn.
        scales = session.run("""
          return [...document.querySelectorAll("figure svg")].map((svg) =>
            svg.getBoundingClientRect().width / svg.viewBox.baseVal.width)""")
        self.assertTrue(all(scale > 0.95 for scale in scales), scales)

    def test_what_the_checks_of_pictures_see(self):
        """A text moved beyond its picture and one laid over another are found."""
        self.example("Example 1")
        self.fit()
        self.assertEqual(session.run(TEXTS_OUTSIDE) + session.run(TEXTS_TOUCHING), [])
        session.run("document.querySelector('figure svg text').setAttribute('x', 690)")
        self.assertEqual(session.run(TEXTS_OUTSIDE), ["Rate ratios: Rate ratios"])
        session.run("""
          const [first, second] = document.querySelectorAll("figure svg text");
          for (const name of ["x", "y"]) second.setAttribute(name, first.getAttribute(name))""")
        self.assertTrue(session.run(TEXTS_TOUCHING))

    def test_nothing_moves(self):
        self.example("Example 1")
        self.fit()
        self.assertEqual(session.run("return document.getAnimations().length"), 0)
        self.assertEqual(session.run(
            "return getComputedStyle(document.documentElement).scrollBehavior"), "auto")


class Keyboard(PageTest):
    """From the start to a file, by keys alone."""

    def press(self, key):
        ActionChains(session.driver).send_keys(key).perform()

    def tab_to(self, matches, what):
        for _ in range(80):
            self.press(Keys.TAB)
            element = session.driver.switch_to.active_element
            # Who goes by keys has to see where they are.
            outline = element.value_of_css_property("outline-style")
            if element.tag_name != "body" and element.get_attribute("id") != "file":
                self.assertNotEqual(outline, "none", element.get_attribute("outerHTML")[:80])
            if matches(element):
                return element
        self.fail(f"no way by Tab to {what}")

    def test_from_start_to_download(self):
        self.tab_to(lambda e: e.text.startswith("Example 2"), "example 2")
        self.press(Keys.ENTER)
        self.wait_for("#model")
        self.tab_to(lambda e: e.get_attribute("data-column") == "x", "the role of x")
        self.press("p")
        session.until(lambda: self.value("#formula") == "y ~ x + (1 | groups)", "the formula")
        self.tab_to(lambda e: e.get_attribute("id") == "fit", "the button")
        self.press(Keys.ENTER)
        self.wait_for("#answer")
        session.until(
            lambda: session.run("return document.activeElement.id") == "answer", "the answer")
        self.tab_to(lambda e: e.get_attribute("download") == "results.csv", "the file")
        self.press(Keys.ENTER)
        file = pathlib.Path(session.downloads.name, "results.csv")
        session.until(file.exists, "the file")
        self.assertTrue(file.read_text().startswith("effect,group,parameter,mean,"))
