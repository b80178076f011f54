import Testing

@testable import SimulationStudy

@Suite struct NearestNameTests {
  @Test func onlyACloseNameIsSuggested() {
    #expect(NearestName.advice(for: "sede", among: ["name", "seed"]) == "did you mean 'seed'?")
    #expect(NearestName.advice(for: "colour", among: ["name", "seed"]) == "expected name or seed.")
    // Two letters could become any two other letters.
    #expect(NearestName.advice(for: "zz", among: ["x1", "x2"]) == "expected x1 or x2.")
  }
}
