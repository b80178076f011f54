import Testing

@testable import PoissonGLMM

@Suite struct VisibleTextTests {
  @Test func whatATerminalWouldObeyIsShown() {
    #expect(VisibleText.escaped("red \u{1B}[31m") == "red \\u{1B}[31m")
    #expect(VisibleText.escaped("a\u{202E}b\u{2066}") == "a\\u{202E}b\\u{2066}")
    #expect(VisibleText.escaped("a\rb\u{7}\u{9B}\u{7F}\0") == "a\\u{D}b\\u{7}\\u{9B}\\u{7F}\\u{0}")
    #expect(VisibleText.escaped("a\r\nb") == "a\\u{D}\nb")
  }

  @Test func otherTextStays() {
    for text in ["", "line\n\ttab\n", "Zoë 群 🦋 👩‍🔬 ▼", "\\u{1B}"] {
      #expect(VisibleText.escaped(text) == text)
    }
  }
}
