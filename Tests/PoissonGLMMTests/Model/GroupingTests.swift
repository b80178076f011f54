import PoissonGLMM
import Testing

@Test func groupsAreNumberedInOrderOfAppearance() {
  let grouping = Grouping(numbers: [3, 1, 3, 2.5])
  #expect(grouping.labels == ["3", "1", "2.5"])
  #expect(grouping.groupOfRow == [0, 1, 0, 2])
}
