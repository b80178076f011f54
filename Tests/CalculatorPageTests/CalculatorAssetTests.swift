import CalculatorPage
import Testing

@Suite("The page's files")
struct CalculatorAssetTests {
  @Test("The page itself is at the root, and addresses are there once")
  func addresses() {
    let paths = CalculatorAsset.all.map(\.path)
    #expect(paths.contains("/"))
    #expect(Set(paths).count == paths.count)
  }
}
