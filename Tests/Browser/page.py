"""What a user does with the page, and what has to hold in each of its states."""

import pathlib
import unittest

import session
from selenium.webdriver.common.by import By

# Texts that leave the box of their picture, by more than rounding.
TEXTS_OUTSIDE = """
  return [...document.querySelectorAll("svg.fit-picture")].flatMap((svg) => {
    const box = svg.viewBox.baseVal, frame = svg.getScreenCTM().inverse();
    return [...svg.querySelectorAll("text")].filter((text) => {
      const own = text.getBBox(), place = frame.multiply(text.getScreenCTM());
      return [[own.x, own.y], [own.x + own.width, own.y + own.height]].some(([x, y]) => {
        const point = new DOMPoint(x, y).matrixTransform(place);
        return point.x < box.x - 0.5 || point.y < box.y - 0.5
          || point.x > box.x + box.width + 0.5 || point.y > box.y + box.height + 0.5;
      });
    }).map((text) => `${svg.querySelector("title").textContent}: ${text.textContent}`);
  });
"""

# Texts of one picture that lie over each other.
TEXTS_TOUCHING = """
  return [...document.querySelectorAll("svg.fit-picture")].flatMap((svg) => {
    const texts = [...svg.querySelectorAll("text")].map((text) =>
      [text.textContent, text.getBoundingClientRect()]);
    return texts.flatMap(([name, a], index) => texts.slice(index + 1).filter(([, b]) =>
      Math.min(a.right, b.right) - Math.max(a.left, b.left) > 1
      && Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top) > 4).map(([other]) =>
        `${svg.querySelector("title").textContent}: ${name} | ${other}`));
  });
"""


class PageTest(unittest.TestCase):
    """A test that begins with a fresh page; it must leave no word in the console, and have asked
    no other server."""

    expects_console = False

    def setUp(self):
        session.media()
        session.width(None)
        for file in pathlib.Path(session.downloads.name).iterdir():
            file.unlink()
        session.driver.get(session.address + "/")
        session.until(lambda: self.all("#examples button"), "the examples")
        session.console()
        session.requests()

    def tearDown(self):
        said = session.console()
        if not self.expects_console:
            self.assertEqual(said, [])
        elsewhere = [url for url in session.requests()
                     if not url.startswith((session.address + "/", "blob:", "data:", "file:"))]
        self.assertEqual(elsewhere, [])

    def all(self, selector):
        return session.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return session.driver.find_element(By.CSS_SELECTOR, selector)

    def value(self, selector):
        return self.one(selector).get_property("value")

    def is_shown(self, selector):
        return self.one(selector).is_displayed()

    def wait_for(self, selector):
        return session.until(lambda: self.is_shown(selector) and self.one(selector), selector)

    def example(self, title):
        (button,) = [button for button in self.all("#examples button")
                     if button.text.startswith(title)]
        button.click()
        session.until(lambda: self.is_shown("#model") and self.all("#roles tbody tr"), "the roles")
        session.until(
            lambda: session.run("return asked.size === 0"), "the program to read the formula")

    def write(self, selector, text):
        """Types over what is in a field."""
        self.one(selector).click()
        session.run("arguments[0].select()", self.one(selector))
        session.command("Input.insertText", text=text)

    def paste(self, text):
        """Pastes from the clipboard into the field of cells."""
        session.run("return navigator.clipboard.writeText(arguments[0])", text)
        self.one("#cells").click()
        for kind in ("keyDown", "keyUp"):
            session.command("Input.dispatchKeyEvent", type=kind, key="v", code="KeyV", modifiers=2,
                            commands=["paste"] if kind == "keyDown" else [])
        session.until(lambda: self.is_shown("#reading") or self.is_shown("#cells-error"),
                      "the cells to be read")

    def fit(self):
        self.one("#fit").click()
        self.wait_for("#answer")
        session.until(lambda: not self.is_shown("#cancel"), "the fit to end")

    def assert_sound(self, name):
        """No violation that axe-core finds, nothing beyond the sides, no text beyond its picture."""
        session.run(session.AXE)
        found = session.driver.execute_async_script(
            "const done = arguments[0]; axe.run().then((result) => done(result.violations.map("
            "(v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 120)).join(' | '))))")
        self.assertEqual(found, [], name)
        self.assertEqual(*session.run("""
            const page = document.documentElement;
            return [page.scrollWidth, page.clientWidth]"""), name)
        self.assertEqual(session.run(TEXTS_OUTSIDE), [], name)
        self.assertEqual(session.run(TEXTS_TOUCHING), [], name)
        session.picture(name)
