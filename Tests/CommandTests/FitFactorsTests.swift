import Foundation
import Testing

/// `glmm-poisson fit` and `predict` of models with several grouping factors or correlated terms, as
/// a user runs them. Answers are those of `PoissonGLMMTests/Reference/General`.
@Suite struct FitFactorsTests {
  private func data(_ name: String) -> String {
    CommandRunner.reference("General/\(name).csv").path
  }

  private func fit(
    _ name: String, _ right: String, _ options: [String] = []
  ) throws -> CommandRunner.Result {
    try CommandRunner.run(["fit", data(name), "--formula", "y ~ \(right)"] + options)
  }

  private func json(
    _ name: String, _ right: String, _ options: [String] = []
  ) throws -> [String: Any] {
    let run = try fit(name, right, ["--format", "json"] + options)
    #expect(run.status == 0, "\(run.error)")
    return try #require(
      JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
  }

  /// Means and SDs of the file's `corrected`.
  private func answer(_ name: String) throws -> [String: Any] {
    let url = CommandRunner.reference("General/\(name).json")
    let file = try JSONSerialization.jsonObject(with: Data(contentsOf: url)) as? [String: Any]
    return try #require(file?["corrected"] as? [String: Any])
  }

  /// Values within .01 SD of the answers, which the lattices' spacings leave, and SDs within 1.2 %.
  private func expect(
    _ rows: [[String: Any]], _ mean: String, _ sd: String, near answer: [String: Any],
    _ answerMean: String, _ answerSD: String, indices: [Int]? = nil
  ) throws {
    let means = try #require(answer[answerMean] as? [Double])
    let sds = try #require(answer[answerSD] as? [Double])
    let indices = indices ?? Array(means.indices)
    #expect(rows.count == indices.count)
    for (row, index) in zip(rows, indices) {
      let (ownMean, ownSD) = (
        try #require(row[mean] as? Double), try #require(row[sd] as? Double)
      )
      #expect((ownMean - means[index]).magnitude < 0.01 * sds[index])
      #expect((ownSD / sds[index] - 1).magnitude < 0.012)
    }
  }

  @Test func nestedFactorsHaveTheirOwnTables() throws {
    let run = try fit("nested", "x1 + x2 + (1 | school/class)")
    #expect(run.status == 0, "\(run.error)")
    #expect(
      run.output.contains("observations    160; levels: 8 of school, 40 of school:class"))
    #expect(
      run.output.contains("Random effects of school: standard deviations between 8 levels\n"))
    #expect(
      run.output.contains(
        "Random effects of school:class: standard deviations between 40 levels\n"))
    #expect(!run.output.contains("Correlations"))
  }

  @Test func nestedFactorsAsJSON() throws {
    let object = try json("nested", "x1 + x2 + (1 | school/class)")
    #expect(object["groups"] as? [String: Int] == ["school": 8, "school:class": 40])
    #expect(object["observations"] as? Int == 160)
    #expect(object["converged"] as? Bool == true)
    let answer = try answer("nested")
    let fixed = try #require(object["fixed_effects"] as? [[String: Any]])
    #expect(fixed.map { $0["parameter"] as? String } == ["Intercept", "x1", "x2"])
    try expect(fixed, "mean", "sd", near: answer, "fixed_mean", "fixed_sd")
    let random = try #require(object["random_effects"] as? [[String: Any]])
    #expect(random.map { $0["group"] as? String } == ["school", "school:class"])
    #expect(random.map { $0["parameter"] as? String } == ["Intercept", "Intercept"])
    try expect(
      random, "log_sd_mean", "log_sd_sd", near: answer, "hyper_mean", "hyper_sd")
    let evidence = try #require(object["log_evidence"] as? Double)
    #expect((evidence - (answer["log_evidence"] as? Double ?? .nan)).magnitude < 0.01)
    #expect((object["correlations"] as? [[String: Any]])?.isEmpty == true)
  }

  @Test func correlatedTermsHaveACorrelation() throws {
    let object = try json("corr_slopes", "x1 + x2 + (1 + x1 | group)")
    #expect(object["groups"] as? Int == 15)
    let answer = try answer("corr_slopes")
    let random = try #require(object["random_effects"] as? [[String: Any]])
    #expect(random.map { $0["parameter"] as? String } == ["Intercept", "x1"])
    try expect(
      random, "log_sd_mean", "log_sd_sd", near: answer, "hyper_mean", "hyper_sd",
      indices: [0, 1])
    let correlations = try #require(object["correlations"] as? [[String: Any]])
    #expect(correlations.count == 1)
    #expect(correlations.first?["group"] as? String == "group")
    #expect(correlations.first?["parameters"] as? [String] == ["Intercept", "x1"])
    try expect(
      correlations, "atanh_mean", "atanh_sd", near: answer, "hyper_mean", "hyper_sd",
      indices: [2])
    let mean = try #require(correlations.first?["mean"] as? Double)
    let expected = try #require((answer["correlation_mean"] as? [Double])?.first)
    #expect((mean - expected).magnitude < 0.005)
    let text = try fit("corr_slopes", "x1 + x2 + (1 + x1 | group)").output
    #expect(text.contains("Correlations of the random effects (group)\n"))
    #expect(text.contains("  Intercept, x1  "))
  }

  /// One level for each row where no column is named `row`, and a sentence that says so.
  @Test func rowEffectsAreSaid() throws {
    let notice = "'row' is one level for each row: the data have no such column."
    let object = try json("epilepsy_obs", "lbase * trt + lage + V4 + (1 | subject) + (1 | row)")
    #expect((object["warnings"] as? [String])?.contains(notice) == true)
    #expect(object["groups"] as? [String: Int] == ["subject": 59, "row": 236])
    let random = try #require(object["random_effects"] as? [[String: Any]])
    try expect(
      random, "log_sd_mean", "log_sd_sd", near: answer("epilepsy_obs"), "hyper_mean", "hyper_sd")
  }

  @Test func randomEffectsSayTheirFactor() throws {
    let folder = try TemporaryFolder()
    let file = folder.url.appending(path: "effects.csv")
    let object = try json(
      "nested", "x1 + x2 + (1 | school/class)", ["--random-effects", file.path])
    #expect(object["converged"] as? Bool == true)
    let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
    #expect(lines.first == "factor,group,parameter,mean,sd,ci_lower,ci_upper")
    #expect(lines.count == 1 + 8 + 40)
    let rows = lines.dropFirst().map { line in
      line.split(separator: ",").map(String.init)
    }
    #expect(rows.prefix(8).allSatisfy { $0[0] == "school" && $0[2] == "Intercept" })
    #expect(rows.dropFirst(8).allSatisfy { $0[0] == "school:class" })
    #expect(rows[8][1] == "1:1")
    try expect(
      rows.map { ["mean": Double($0[3]) ?? .nan, "sd": Double($0[4]) ?? .nan] }, "mean", "sd",
      near: answer("nested"), "random_effects_mean", "random_effects_sd")
  }

  /// Class 1 of school 1 is known, class 9 of school 1 and all of school 77 are new: the less is
  /// known of a row, the wider its interval.
  @Test func predictionsOfNewLevels() throws {
    let run = try CommandRunner.run(
      ["predict", data("nested"), "--formula", "y ~ x1 + x2 + (1 | school/class)", "--new", "-"],
      input: "x1,x2,school,class\n0.5,-1,1,1\n0.5,-1,1,9\n0.5,-1,77,1\n")
    #expect(run.status == 0, "\(run.error)")
    let lines = run.output.split(separator: "\n")
    let columns =
      "row,group(school),new_group(school),group(school:class),new_group(school:class),"
      + "mean,median,lower,upper,count_lower,count_upper"
    #expect(lines.first.map(String.init) == columns)
    let rows = lines.dropFirst().map { line in
      line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    }
    #expect(
      rows.map { [$0[1], $0[2], $0[3], $0[4]] } == [
        ["1", "0", "1:1", "0"], ["1", "0", "1:9", "1"], ["77", "1", "77:1", "1"],
      ])
    let widths = try rows.map { row in
      log(try #require(Double(row[8]))) - log(try #require(Double(row[7])))
    }
    #expect(widths[0] < widths[1] && widths[1] < widths[2])
  }

  /// Three correlated terms and one more have four log SDs and three correlations.
  @Test func manyHyperparametersAreFittedWithAWarning() throws {
    let right = "(1 + x1 + x2 | group) + (0 + I(x1 * x2) | group)"
    let run = try fit("corr_three", right, ["--approximation", "integrated"])
    #expect(run.status == 0, "\(run.error)")
    #expect(run.output.contains("Correlations of the random effects (group)\n"))
    let text = run.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    #expect(text.contains("There are 7 log standard deviations and correlations. More than 6 are"))
  }
}
