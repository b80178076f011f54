import Foundation
import Testing

@testable import SimulationStudy

@Suite struct GnuplotScriptTests {
  /// To accept a change after looking at the picture, copy the text this test leaves in the
  /// temporary directory over the snapshot.
  @Test func theCommandsOfASmallFigureAreAsAccepted() throws {
    let text = GnuplotScript.text(of: Fixture.figure())
    let url = try #require(
      Bundle.module.url(
        forResource: "small-figure.gp", withExtension: nil, subdirectory: "Snapshots"))
    if text != (try String(contentsOf: url, encoding: .utf8)) {
      let file = FileManager.default.temporaryDirectory
        .appendingPathComponent("glmm-poisson-small-figure.gp")
      try StudyFile.write(text, to: file)
      Issue.record("The commands differ from the snapshot; they are in \(file.path).")
    }
  }

  @Test func whatIsNotANumberIsNotInTheData() {
    let words = GnuplotScript.text(of: Fixture.figure()).lowercased().split { !$0.isLetter }
    #expect(!words.contains("nan"))
    #expect(!words.contains("inf"))
  }

  @Test(arguments: [
    ("plain", "'plain'"), ("it's", "'it''s'"), ("a\nb\u{7}c", "'a b c'"),
    (#"back\slash "quote" `date` @x"#, #"'back\slash "quote" `date` @x'"#),
  ])
  func textIsQuoted(_ text: String, _ quoted: String) {
    #expect(GnuplotScript.quoted(text) == quoted)
  }

  @Test func aPanelWithoutMarksIsStillDrawn() {
    let axis = FigureAxis.columns(["a"])
    let figure = Figure(
      name: "empty", title: "", legend: [],
      panels: [
        FigurePanel(title: "", horizontal: axis, vertical: axis, height: 20, marks: [])
      ], columns: 1, horizontalLabel: "", verticalLabel: "")
    #expect(GnuplotScript.text(of: figure).hasSuffix("with dots\nunset label\nunset multiplot\n"))
  }
}
