import Foundation
import PoissonGLMM
import SimulationStudy

// swift run study [DIR]: is the method of moments as good as the model where groups are skewed?

let data = GeneratedData(
  seed: 20_261_130, fixedNames: ["Intercept"],
  random: [RandomStructure(factor: "group", terms: ["Intercept"])],
  truth: ["Intercept": 1, "log_sd(Intercept)": log(0.5)])
let scenario = Scenario(
  name: "skewed-groups", replicates: 200, data: .generated(data),
  methods: [
    MethodSpecification(name: "structured", approximation: .structured),
    MethodSpecification(name: "moments", .own),
  ])

let runner = StudyRunner(
  [scenario],
  estimator: { scenario, method in
    if method.fitter == .own { return MomentEstimator(name: method.name) }
    return VariationalEstimator(
      name: method.name, VariationalSettings(approximation: .structured),
      priors: scenario.priors, alpha: scenario.alpha)
  },
  generator: { scenario in
    SkewedGroups(scenario: scenario.name, data: data, groups: 30, rows: 6, mean: 1, sd: 0.5)
  })
let workers = ProcessInfo.processInfo.activeProcessorCount
let records = runner.records(workers: workers)

let report = try StudyReport(
  scenarios: [scenario], records: records,
  environment: .current(packageVersion: "1", workers: workers), command: "swift run study")
let folder = URL(
  fileURLWithPath: CommandLine.arguments.dropFirst().first ?? "study", isDirectory: true)
try report.write(to: folder)
print(report.plainVerdict())
for row in records.rows(of: MedianAbsoluteError(), in: [scenario]) {
  let value = row.result.value.map { String(format: "%.3f", $0) } ?? "-"
  let error = row.result.monteCarloStandardError.map { String(format: "%.3f", $0) } ?? "-"
  print("\(row.measure) of \(row.parameter) by \(row.method): \(value) (\(error))")
}
print("The report is \(folder.appendingPathComponent("report.md").relativePath).")
