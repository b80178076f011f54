import CalculatorPage
import Foundation
import Testing

@Suite("The page's files")
struct CalculatorAssetTests {
  private static let scripts = CalculatorAsset.all.map(\.path).filter { $0.hasSuffix(".js") }

  private static func text(_ path: String) throws -> String {
    let asset = try #require(CalculatorAsset.all.first { $0.path == path })
    return String(decoding: asset.bytes, as: UTF8.self)
  }

  @Test("The page itself is at the root, and addresses are there once")
  func addresses() {
    let paths = CalculatorAsset.all.map(\.path)
    #expect(paths.contains("/"))
    #expect(Set(paths).count == paths.count)
    #expect(CalculatorAsset.all.allSatisfy { !$0.bytes.isEmpty })
  }

  /// The server's policy allows neither scripts nor styles within the page, nor other servers.
  @Test func thePageNeedsNoOtherServer() throws {
    let page = try Self.text("/")
    for match in page.matches(of: /(?:href|src)="([^"]*)"/) {
      #expect(match.1.hasPrefix("/") || match.1.hasPrefix("#"), "\(match.1)")
    }
    #expect(!page.contains("style=") && !page.contains("<style"))
    #expect(page.matches(of: /<script(?! src="\/[a-z]+\.js" defer>)/).isEmpty)
    #expect(page.matches(of: /\ on[a-z]+=/).isEmpty)
    for path in ["/page.css"] + Self.scripts {
      #expect(!(try Self.text(path)).contains("://"), "\(path)")
      if path.hasSuffix(".js") { #expect(page.contains("<script src=\"\(path)\" defer>")) }
    }
  }

  /// Every part of the page that the script speaks of is there.
  @Test func theScriptFindsItsFields() throws {
    let (page, script) = (try Self.text("/"), try Self.scripts.map(Self.text).joined())
    let names = script.matches(of: /field\("([^"]+)"\)/).map { String($0.1) }
    #expect(names.count > 20)
    for name in Set(names) { #expect(page.contains("id=\"\(name)\""), "\(name)") }
  }

  @Test func examplesSayWhereTheyComeFrom() throws {
    let examples = try Self.text("/examples.json")
    #expect(examples.components(separatedBy: "\"source\":").count == 7)
  }

  /// Pictures on the page take their colours for dark pages from the page's style sheet.
  @Test func theStyleSheetHasTheColoursOfPictures() throws {
    #expect(try Self.text("/page.css").contains(".fit-picture [stroke="))
  }
}
