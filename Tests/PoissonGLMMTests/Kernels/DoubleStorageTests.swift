import Testing

@testable import PoissonGLMM

@Suite struct DoubleStorageTests {
  /// Below and above the 2 MB from which on storages come from the system in large pages.
  @Test(arguments: [0, 1, 1000, 262_144, 1_000_003])
  func everyNumberIsZeroAndWritable(count: Int) {
    let storage = DoubleStorage(count: count)
    #expect(storage.array == [Double](repeating: 0, count: count))
    // With the eight that lie behind the last.
    for i in 0..<8 { #expect(storage.pointer[count + i] == 0) }
    storage.fill(with: 3)
    #expect(storage.array.reduce(0, +) == 3 * Double(count))
  }
}
