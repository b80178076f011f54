import Testing

@testable import PoissonGLMM

@Suite struct GroupingTests {
  @Test func groupsAreNumberedInOrderOfAppearance() {
    let grouping = Grouping(numbers: [3, 1, 3, 2.5])
    #expect(grouping.labels == ["3", "1", "2.5"])
    #expect(grouping.groupOfRow == [0, 1, 0, 2])
  }

  @Test func zeroHasNoSign() {
    let grouping = Grouping(numbers: [-0.0, 1, 0])
    #expect(grouping.labels == ["0", "1"])
    #expect(grouping.groupOfRow == [0, 1, 0])
    let factor = Factor(numbers: [1, -0.0, 0])
    #expect(factor.levels == ["0", "1"])
    #expect(factor.levelOfRow == [1, 0, 0])
  }
}
