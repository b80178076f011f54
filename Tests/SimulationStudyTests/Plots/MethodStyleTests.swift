import Foundation
import Testing

@testable import SimulationStudy

@Suite struct MethodStyleTests {
  @Test func knownMethodsLookTheSameInEveryStudy() {
    let alone = MethodStyle.styles(of: ["corrected"])
    let among = MethodStyle.styles(of: ["mine", "mean-field", "glmmTMB", "corrected", "yours"])
    #expect(alone["corrected"] == among["corrected"])
    #expect(among["glmmTMB"] == MethodStyle.styles(of: ["x", "glmmTMB"])["glmmTMB"])
    #expect(among["mine"] != among["yours"])
    #expect(among["mine"] == MethodStyle.styles(of: ["structured", "any"])["any"])
  }

  @Test func noTwoOfManyMethodsLookAlike() {
    let methods =
      ["mean-field", "structured", "integrated", "corrected"]
      + ["glmer", "glmmTMB", "gpboost", "statsmodels"] + (0..<20).map { "method-\($0)" }
    let styles = MethodStyle.styles(of: methods)
    #expect(Set(styles.values).count == methods.count)
    // The known ones differ in each of the two.
    let known = methods.prefix(8).compactMap { styles[$0] }
    #expect(Set(known.map(\.ink)).count == 8)
    #expect(Set(known.map(\.shape)).count == 8)
  }

  /// A picture finds the dark partner of a colour by its light value.
  @Test func lightColoursAreDifferent() {
    #expect(Set(FigureInk.all.map(\.light)).count == FigureInk.all.count)
  }

  /// Contrast by WCAG 2.1: 4.5 for text, 3 for what has to be told apart from the page.
  @Test func coloursCanBeReadOnTheirPages() {
    for ink in [FigureInk.text, .mutedText] {
      #expect(Self.contrast(ink.light, "#ffffff") > 4.5)
      #expect(Self.contrast(ink.dark, "#0d1117") > 4.5)
    }
    for ink in MethodStyle.inks + [.axis, .reference] {
      #expect(Self.contrast(ink.light, "#ffffff") > 3, "\(ink)")
      #expect(Self.contrast(ink.dark, "#0d1117") > 3, "\(ink)")
    }
  }

  private static func contrast(_ first: String, _ second: String) -> Double {
    let luminances = [first, second].map { colour -> Double in
      let channels = [1, 3, 5].map { position -> Double in
        let digits = colour.dropFirst(position).prefix(2)
        let share = Double(Int(digits, radix: 16) ?? 0) / 255
        return share <= 0.03928 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
      }
      return 0.2126 * channels[0] + 0.7152 * channels[1] + 0.0722 * channels[2]
    }.sorted()
    return (luminances[1] + 0.05) / (luminances[0] + 0.05)
  }
}
