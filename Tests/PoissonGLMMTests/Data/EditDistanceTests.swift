import PoissonGLMM
import Testing

@Suite struct EditDistanceTests {
  @Test(arguments: [
    ("", "abc", 3), ("abc", "abc", 0), ("kitten", "sitting", 3), ("repliactes", "replicates", 1),
    ("ab", "ba", 1), ("seed", "sed", 1),
  ])
  func distanceCountsSlips(first: String, second: String, expected: Int) {
    #expect(EditDistance.between(first, second) == expected)
    #expect(EditDistance.between(second, first) == expected)
  }
}
