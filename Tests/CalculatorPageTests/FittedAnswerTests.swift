import Foundation
import PoissonGLMM
import Testing

@testable import CalculatorPage

/// What the page tells of a fit.
@Suite("Answers of the page")
struct FittedAnswerTests {
  @Test func partsAreInTheirOrder() throws {
    let fit = try PageAnswer.ofExample("epilepsy")
    #expect(fit.title == "236 rows in 59 levels of subject")
    #expect(
      fit.sections.map(\.title) == [
        "The table of GLMM_POISSON", "Rate ratios", "Differences between groups", "Each group",
        "Fitted against observed", "Residual check",
      ])
    #expect(
      fit.sections.flatMap(\.pictures).map(\.name) == [
        "rate-ratios", "random-effects", "fitted", "quantile-quantile", "residuals", "rootogram",
      ])
    for picture in fit.sections.flatMap(\.pictures) {
      // The page allows no style within itself, and each picture has its numbers in words.
      #expect(!picture.svg.contains("<style"))
      #expect(picture.svg.contains("<title>") && picture.svg.contains("<desc>"))
      #expect(!picture.numbers.rows.isEmpty, "\(picture.name)")
      #expect(picture.numbers.rows.allSatisfy { $0.count == picture.numbers.header.count })
    }
  }

  @Test func filesAreThoseOfTheCommand() throws {
    let fit = try PageAnswer.ofExample("epilepsy")
    let names = fit.takeaways.map(\.name)
    #expect(Set(names).count == names.count)
    for name in [
      "report.html", "results.csv", "results.json", "random-effects.csv", "rate-ratios.svg",
      "rootogram.svg", "cells.csv", "epilepsy.csv",
    ] {
      #expect(names.contains(name))
    }
    #expect(fit.file("rate-ratios.svg")?.contains("prefers-color-scheme:dark") == true)
  }

  @Test func theReportNeedsNothingElse() throws {
    let text = "y,<b>x</b>,g\n2,1,a\n3,2,a\n1,1,=b\n4,2,=b\n"
    let answer = try PageAnswer.of(
      ["text": text, "formula": "y ~ `<b>x</b>` + (1 | g)", "fit": true])
    let fit = try #require(answer.fit, "\(answer.problem?.sentence ?? "")")
    let report = try #require(fit.file("report.html"))
    #expect(!report.contains("<b>x"))
    #expect(report.contains("&lt;b&gt;x"))
    for word in ["<script", "<link", "src=", "url(", "@import"] {
      #expect(!report.contains(word), "\(word)")
    }
    // The namespace of SVG is a name and no address that is asked.
    let addresses = report.replacingOccurrences(of: "http://www.w3.org/2000/svg", with: "")
    #expect(!addresses.contains("http"))
    #expect(report.components(separatedBy: "<svg").count == 7)
    // A spreadsheet would take such a name for a formula.
    #expect(fit.file("random-effects.csv")?.contains("g,'=b,Intercept") == true)
  }

  @Test func widthIsThatOfThePage() throws {
    let fit = try PageAnswer.ofExample("epilepsy", ["width": 335])
    for picture in fit.sections.flatMap(\.pictures) {
      #expect(picture.svg.contains("width=\"335\""))
    }
  }

  /// Rate ratios and intervals are those of README.md's table of this fit, SDs too; the median rate
  /// ratio is exp(sqrt(2) 0.5391 z) with z the upper quartile of the normal distribution, 1.672,
  /// but for the error of 8,000 draws.
  @Test func sentencesTellTheNumbers() throws {
    let sentences = try PageAnswer.ofExample("epilepsy").sentences.map(\.text)
    #expect(sentences.count == 2)
    let effects = sentences[0]
    #expect(
      effects.hasPrefix(
        "Other things equal, the expected count is multiplied by 2.42 with each unit of lbase "
          + "where trt is 0 (95 % interval 1.84 to 3.18; probability of a rise above 99.9 %)"),
      "\(effects)")
    #expect(
      effects.contains(
        "falls by 15 % as V4 goes from 0 to 1 (95 % interval 5.4 % to 24 % less; probability of a "
          + "fall 99.9 %)"), "\(effects)")
    #expect(
      effects.contains(
        "is multiplied by a further 1.37 for each unit of the product of lbase and trt (95 % "
          + "interval 0.900 to 2.07; probability of a rise 93."), "\(effects)")
    #expect(
      sentences[1].hasPrefix(
        "Of two groups picked at random, with the same predictors, the one with the higher rate "
          + "typically has 1.67 times that of the other (median rate ratio; 95 % interval 1.5"),
      "\(sentences[1])")
    #expect(
      sentences[1].contains("with a standard deviation of 0.539 on the log scale (0.429 to 0.688)"),
      "\(sentences[1])")
  }

  @Test(
    arguments: [
      (0.0004, "0.04 %"), (0.0123, "1.2 %"), (0.0994, "9.9 %"), (0.123, "12 %"), (-0.5, "50 %"),
      (0, "0 %"),
    ])
  func sharesHaveTheDigitsThatTell(_ share: Double, _ text: String) {
    #expect(PlainWords.percent(share) == text)
  }

  @Test(
    arguments: [
      (0.03456, "0.0346"), (3.456, "3.46"), (123.4, "123"), (999.4, "999"), (999.6, "1000"),
      (2249, "2250"), (9996, "10000"), (123_456, "123000"), (2.5e7, "2.50e+07"),
      (Double.infinity, "beyond all bounds"),
    ])
  func numbersHaveThreeDigits(_ value: Double, _ text: String) {
    #expect(PlainWords.number(value) == text)
  }

  /// What is said of two groups is then the prior's.
  @Test func aSingleGroupSaysNothingOfOthers() throws {
    let text = "y,x,g\n2,1,a\n3,2,a\n5,3,a\n4,2,a\n"
    let answer = try PageAnswer.of(["text": text, "formula": "y ~ x + (1 | g)", "fit": true])
    let fit = try #require(answer.fit, "\(answer.problem?.sentence ?? "")")
    #expect(fit.title == "4 rows in 1 level of g")
    #expect(fit.sentences[1].text.contains("varies between 1 level of g with"))
    #expect(
      fit.sentences[1].text.hasSuffix("; a single level says nothing of this, only the prior does.")
    )
  }

  @Test func levelsAreComparedWithTheFirst() throws {
    let rows = (0..<12).map { "\([2, 6][$0 % 2] + $0 % 3),\(["A", "B"][$0 % 2]),\($0 / 4)" }
    let text = "y,arm,g\n" + rows.joined(separator: "\n")
    let answer = try PageAnswer.of(["text": text, "formula": "y ~ arm + (1 | g)", "fit": true])
    let fit = try #require(answer.fit, "\(answer.problem?.sentence ?? "")")
    #expect(fit.sentences[0].text.contains("times as high where arm is B as where it is A"))
    let without = try PageAnswer.of(["text": text, "formula": "y ~ 0 + arm + (1 | g)", "fit": true])
    #expect(try #require(without.fit).sentences[0].text.contains("where arm is A (95 %"))
  }

  /// Without an intercept the exponential of a level's effect is a count, that of a row where all
  /// else is 0 or at its first level, and in one group.
  @Test func countsOfLevelsSayWhere() throws {
    let rows = (0..<24).map { row in
      "\([2, 6][row % 2] + row % 3),\(["A", "B"][row % 2]),\(row % 5),\(row / 4),\(1 + row % 4)"
    }
    let text = "y,arm,x,g,days\n" + rows.joined(separator: "\n")
    func beginning(_ formula: String, _ more: [String: Any] = [:]) throws -> (String, String) {
      let request: [String: Any] = ["text": text, "formula": formula, "fit": true]
      let answer = try PageAnswer.of(request.merging(more) { $1 })
      let sentence = try #require(answer.fit, "\(answer.problem?.sentence ?? "")").sentences[0]
      return (sentence.beginning, sentence.parts[0])
    }
    let plain = try beginning("y ~ 0 + arm + x + (1 | g)")
    #expect(plain.0 == "In a typical group, other things equal, the expected count")
    #expect(plain.1.contains(" where arm is A and x is 0 (95 %"), "\(plain.1)")
    let alone = try beginning("y ~ 0 + arm + offset(log(days))")
    #expect(alone.0 == "Other things equal, the expected count for an exposure of 1")
    #expect(alone.1.contains(" where arm is A (95 %"), "\(alone.1)")
    let zeros = try beginning("y ~ 0 + arm + (1 | g)", ["family": "zero-inflated-poisson"])
    #expect(
      zeros.0 == "In a typical group, other things equal, the expected count, extra zeros aside,")
    // A slope without an intercept differs between groups as well.
    #expect(
      try beginning("y ~ x + (0 + x | g)").0
        == "In a typical group, other things equal, the expected count")
  }

  /// What the residual check of these data advises can be chosen, and repeated by the command.
  @Test func otherFamiliesOfCountsAreFitted() throws {
    let poisson = try PageAnswer.ofExample("epilepsy")
    #expect(poisson.warnings.contains { $0.contains("a negative binomial family") })
    #expect(!poisson.command.contains("--family"))
    let fit = try PageAnswer.ofExample("epilepsy", ["family": "negative-binomial"])
    #expect(!fit.warnings.contains { $0.contains("a negative binomial family") })
    #expect(fit.command.hasSuffix(" --family negative-binomial"))
    #expect(fit.spreadsheet.formula == nil)
    #expect(fit.spreadsheet.note.contains("its counts are Poisson"))
    #expect(fit.sentences.count == 2)
    #expect(fit.sections[0].title == "The estimates")
    let table = try #require(fit.sections.first { $0.title == "Scatter of the counts" }).tables[0]
    #expect(table.rows.map { $0[0] } == ["size", "dispersion"])
    #expect(fit.file("results.json")?.contains("\"family\" : \"negative-binomial\"") == true)
    let fault = try PageAnswer.of(
      ["text": "y,x\n1,2\n2,1\n", "formula": "y ~ x", "family": "normal", "fit": true]
    ).problem
    #expect(fault?.field == "options")
    #expect(fault?.sentence.contains("poisson, negative-binomial") == true)
  }

  @Test func curvesAreNotToldByTheirColumns() throws {
    let fit = try PageAnswer.ofExample(
      "epilepsy", ["formula": "y ~ poly(lage, 2) + trt + (1 | subject)"])
    #expect(
      fit.sentences[0].text.contains(
        "follows a curve in poly(lage, 2), which only all of its columns together tell"))
  }

  @Test func aModelWithoutGroupsHasOneSentence() throws {
    let fit = try PageAnswer.ofExample("example-1", ["formula": "y ~ x"])
    #expect(fit.sentences.count == 1)
    #expect(!fit.sections.map(\.title).contains("Each group"))
  }

  /// There is no ratio without a predictor, and no sentence of one.
  @Test func aModelOfGroupsAloneHasNoRatios() throws {
    let fit = try PageAnswer.ofExample("example-1", ["formula": "y ~ 1 + (1 | groups)"])
    #expect(!fit.sections.map(\.title).contains("Rate ratios"))
    #expect(fit.sentences.map(\.beginning).map { $0.prefix(11) } == ["Of two grou"])
  }

  @Test func warningsAreTold() throws {
    let text = "y,x,g\n0,0,a\n0,0,b\n0,0,c\n3,1,a\n4,1,b\n2,1,c\n"
    let answer = try PageAnswer.of(["text": text, "formula": "y ~ x + (1 | g)", "fit": true])
    #expect(try #require(answer.fit).warnings.isEmpty == false)
  }
}
