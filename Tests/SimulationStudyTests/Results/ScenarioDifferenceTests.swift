import Testing

@testable import SimulationStudy

@Suite struct ScenarioDifferenceTests {
  @Test(arguments: [
    ("a=1\nb=2\n", "a=1\nb=3\n", "b is 3 and was 2"),
    ("a=1\n", "a=1\nb=x=y\n", "b is new"),
    ("a=1\nb=2\n", "b=2\n", "a is gone"),
    ("a=1\nb=2\n", "b=2\na=1\n", "the order of covariates, effects or methods is another"),
    (
      "a=1\nb=1\nc=1\nd=1\ne=1\n", "a=2\nb=2\nc=2\nd=2\ne=2\n",
      "a is 2 and was 1, b is 2 and was 1, c is 2 and was 1, and 2 more"
    ),
    (
      "y=\(String(repeating: "1", count: 99))", "y=2",
      "y is 2 and was \(String(repeating: "1", count: 40))..."
    ),
  ])
  func differencesAreNamed(old: String, new: String, expected: String) {
    #expect(ScenarioDifference.wording(old: old, new: new) == expected)
  }
}
