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
    // The content does not name what the data do not have.
    ("data.covariates_fixed=true\n", "", "data.covariates_fixed is false and was true"),
    ("", "data.covariates_fixed=true\n", "data.covariates_fixed is true and was false"),
  ])
  func differencesAreNamed(old: String, new: String, expected: String) {
    #expect(ScenarioDifference.wording(old: old, new: new) == expected)
  }

  /// Of two shards neither was before the other.
  @Test(arguments: [
    ("b=2\n", "b=3\n", "b is 3 in the one and 2 in the other"),
    ("a=1\n", "a=1\nb=2\n", "b is in the one only"),
    ("a=1\nb=2\n", "a=1\n", "b is in the other only"),
    (
      "data.covariates_fixed=true\n", "",
      "data.covariates_fixed is false in the one and true in the other"
    ),
  ])
  func differencesOfOneTimeHaveNoPast(old: String, new: String, expected: String) {
    #expect(ScenarioDifference.wording(old: old, new: new, areOfOneTime: true) == expected)
  }
}
