import Testing

@testable import SimulationStudy

@Suite struct SbatchOptionsTests {
  @Test(
    arguments: [
      (["--array=1-4%1"], [], 1, nil), (["-a", "1-4%2", "-p", "main"], ["-p", "main"], 2, nil),
      (["--arr", "%3"], [], 3, nil), (["-a1-4"], [], nil, nil),
      (["--dependency=afterok:9", "--time=5"], ["--time=5"], nil, "afterok:9"),
      (["-d", "singleton"], [], nil, "singleton"),
      (["--depend", "after:1?after:2"], [], nil, "after:1?after:2"),
      (
        ["--account=a", "--deadline=now", "-A", "b"], ["--account=a", "--deadline=now", "-A", "b"],
        nil, nil
      ),
    ] as [([String], [String], Int?, String?)])
  func optionsAreSorted(words: [String], common: [String], limit: Int?, dependency: String?) throws
  {
    let options = try SbatchOptions(words, tasks: 4)
    #expect(options.common == common)
    #expect(options.limit == limit)
    #expect(options.dependency == dependency)
  }

  @Test(arguments: ["1-3%1", "1,2", "1-4%0", "1-4%x", "%", "", "0-3"])
  func anotherArrayIsRefused(value: String) {
    let error = #expect(throws: SbatchOptions.Misuse.self) {
      try SbatchOptions(["--array=" + value], tasks: 4)
    }
    #expect(error?.description.contains("for example --array=1-4%2.") == true)
  }

  @Test func aMissingValueIsSaid() {
    let error = #expect(throws: SbatchOptions.Misuse.self) { try SbatchOptions(["-d"], tasks: 4) }
    #expect(error?.description == "The option -d of sbatch has no value.")
  }

  /// Of two options of a kind `sbatch` takes the last.
  @Test func whatTheJobsNeedComesLast() throws {
    let jobs = SlurmJobs(
      executable: "/g", recipe: StudyRecipe(scenarios: ["s"], replicates: nil), out: "o", tasks: 4)
    let options = try SbatchOptions(
      ["--array=1-4%1", "--dependency=afterok:9", "--time=5"], tasks: 4)
    #expect(
      jobs.arrayCommand(options) == [
        "sbatch", "--parsable", "--time=5", "--dependency=afterok:9", "--array=1-4%1",
        "o/slurm/array.sh",
      ])
    #expect(
      jobs.mergeCommand(options, array: "7")
        == ["sbatch", "--parsable", "--time=5", "--dependency=afterany:7", "o/slurm/merge.sh"])
  }
}
