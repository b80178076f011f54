import Foundation
import Testing

@testable import SimulationStudy

@Suite struct DrawnFiguresTests {
  private static let missing =
    "The report has no pictures: there is no program 'gnuplot' on the PATH; install it (Debian: "
    + "apt-get install gnuplot-nox), then run 'study report'."

  private func inFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("glmm-poisson-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func aReportShowsEveryPictureThatIsWritten() throws {
    try inFolder { folder in
      #expect(try StudyReportTests.report().write(to: folder) == nil)
      let plots = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("plots").path
      ).sorted()
      #expect(plots == ["bias.svg", "coverage.svg", "intervals.svg", "standard-errors.svg"])
      let text = try StudyFile.read(folder.appendingPathComponent("report.md"))
      for plot in plots { #expect(text.contains("](plots/\(plot))")) }
      #expect(
        text.contains(
          "n = 0 to 200, seed 20261122; again by `glmm-poisson study run Scenarios/core --out "
            + "build/core`.")
          || text.contains("n = 1 to 200, seed 20261122; again by"))
    }
  }

  @Test func withoutTheProgramTheReportIsWrittenAndOldPicturesGo() throws {
    try inFolder { folder in
      let report = try StudyReportTests.report()
      try report.write(to: folder)
      #expect(try report.write(to: folder, format: .all, gnuplot: nil) == Self.missing)
      #expect(
        try StudyFile.read(folder.appendingPathComponent("report.md")) == report.markdown())
      let plots = try FileManager.default.contentsOfDirectory(
        atPath: folder.appendingPathComponent("plots").path)
      #expect(plots.isEmpty)
    }
  }

  @Test func whatCannotBeDrawnIsNamed() throws {
    try inFolder { folder in
      let report = try StudyReportTests.report()
      let failing = Gnuplot(executable: URL(fileURLWithPath: "/bin/false"))
      let complaint = try report.write(to: folder, format: .markdown, gnuplot: failing)
      #expect(
        complaint
          == "The report is without coverage.svg, intervals.svg, bias.svg, standard-errors.svg: "
          + "gnuplot failed; gnuplot 5.4 draws them (Debian: apt-get install gnuplot-nox).")
      #expect(
        try StudyFile.read(folder.appendingPathComponent("report.md")) == report.markdown())
    }
  }

  @Test func aReportWithoutFiguresNeedsNoProgram() {
    let drawn = DrawnFigures([], by: nil)
    #expect(drawn.complaint == nil)
    #expect(drawn.pictures.isEmpty)
  }

  @Test func onePageHoldsEverything() throws {
    try inFolder { folder in
      try StudyReportTests.report().write(to: folder, format: .html)
      #expect(
        try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.html"])
      let text = try StudyFile.read(folder.appendingPathComponent("report.html"))
      #expect(text.components(separatedBy: "<svg ").count == 5)
      #expect(!text.contains("<?xml"))
      #expect(!text.contains("src="))
      let identifiers = text.components(separatedBy: " id=\"").dropFirst().compactMap {
        $0.split(separator: "\"").first
      }
      #expect(identifiers.count > 20)
      #expect(Set(identifiers).count == identifiers.count)
      // Every shape that is used is there.
      let used = text.components(separatedBy: "href=\"#").dropFirst().compactMap {
        $0.split(separator: "\"").first
      }
      #expect(Set(used).isSubset(of: Set(identifiers)))
    }
  }
}
