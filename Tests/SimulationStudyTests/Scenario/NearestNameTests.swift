import Testing

@testable import SimulationStudy

@Suite struct NearestNameTests {
  @Test(arguments: [
    ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("repliactes", "replicates", 1),
    ("ab", "ba", 1), ("seed", "sed", 1),
  ])
  func distanceCountsSlips(first: String, second: String, expected: Int) {
    #expect(NearestName.distance(from: first, to: second) == expected)
    #expect(NearestName.distance(from: second, to: first) == expected)
  }

  @Test func onlyACloseNameIsSuggested() {
    #expect(NearestName.advice(for: "sede", among: ["name", "seed"]) == "did you mean 'seed'?")
    #expect(NearestName.advice(for: "colour", among: ["name", "seed"]) == "expected name or seed.")
    // Two letters could become any two other letters.
    #expect(NearestName.advice(for: "zz", among: ["x1", "x2"]) == "expected x1 or x2.")
  }
}
