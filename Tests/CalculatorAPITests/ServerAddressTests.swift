import CalculatorAPI
import SpreadsheetAddIns
import Testing

/// The address that is written into files for others.
@Suite struct ServerAddressTests {
  @Test(arguments: [
    "https://counts.example.org", "http://localhost:8080", "https://[::1]:8443", "http://a",
    "https://10.0.0.7:1",
  ])
  func addresses(text: String) {
    #expect(ServerAddress(text)?.description == text)
  }

  /// Nothing in an address can end a text of XML, JSON or JavaScript.
  @Test(arguments: [
    "", "counts.example.org", "ftp://a", "https://", "https://a/", "https://a/b", "https://a b",
    "https://a\"", "https://a'", "https://a<", "https://a&b", "https://a\\", "https://a\n",
    "https://a:", "https://a:123456", "https://a:1\n", "https://user@a", "https://ä", "https://-a",
    "https://" + String(repeating: "a", count: 300),
  ])
  func othersAreNone(text: String) {
    #expect(ServerAddress(text) == nil)
  }

  @Test func thatOfARequest() {
    #expect(ServerAddress(host: "a:8080", isSecure: false)?.description == "http://a:8080")
    #expect(ServerAddress(host: "a", isSecure: true)?.description == "https://a")
    #expect(ServerAddress(host: "", isSecure: true) == nil)
  }

  @Test func itStandsInEveryTextOfTheAddIns() throws {
    let address = try #require(ServerAddress("https://counts.example.org"))
    #expect(AddInFile.all.count == 7)
    for file in AddInFile.all {
      let bytes = file.bytes(for: address)
      if file.mediaType == "image/png" {
        #expect(bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]), "\(file.path)")
      } else {
        let text = String(decoding: bytes, as: UTF8.self)
        #expect(text.contains("https://counts.example.org"), "\(file.path)")
        #expect(!text.contains("@ADDRESS@"), "\(file.path)")
      }
    }
  }
}
