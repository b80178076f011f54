import CalculatorAPI
import Foundation
import ServeArguments
import Testing

/// What the README says of the server is what it does; Server/Tests asks a server that runs.
@Suite struct ReadmeServerTests {
  private func section() throws -> String {
    let readme = try String(
      contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("README.md"), encoding: .utf8)
    let sections = readme.components(separatedBy: "\n## ")
    return try #require(sections.first { $0.hasPrefix("The server and its API\n") })
  }

  private func grouped(_ number: Int) -> String {
    var digits = Array(String(number))
    for place in stride(from: digits.count - 3, to: 0, by: -3) { digits.insert(",", at: place) }
    return String(digits)
  }

  @Test func limits() throws {
    let limits = RequestLimits()
    let section = try section()
    #expect(
      section.contains(
        "has more than \(limits.bodyBytes / 1_000_000) MB, \(grouped(limits.rows)) rows, "
          + "\(grouped(limits.columns)) columns, \(grouped(limits.randomEffects)) random effects, "
          + "or \(grouped(limits.designValues)) rows times effects"))
    #expect(section.contains("has no answer within `--time-limit`, \(Int(limits.seconds)) s;"))
  }

  @Test func addresses() throws {
    let section = try section()
    for endpoint in APIEndpoint.allCases {
      #expect(section.contains("`POST \(endpoint.rawValue)`"))
      #expect(ServeArguments.discussion.contains("POST \(endpoint.rawValue) "))
    }
  }

  /// The problems that a request of the API can have, in the README, in the help and in the
  /// description for programs.
  @Test func problems() throws {
    let section = try section()
    let description = try #require(
      try JSONSerialization.jsonObject(with: Data(OpenAPIDocument.json)) as? [String: Any])
    let components = try #require(description["components"] as? [String: Any])
    let responses = try #require(components["responses"] as? [String: Any])
    for kind in [
      RequestProblem.Kind.malformed, .tooLarge, .unsupportedMediaType, .unusableData, .busy,
      .timeLimit,
    ] {
      #expect(section.contains("\n| \(kind.rawValue) | "))
      #expect(ServeArguments.discussion.contains("\(kind.rawValue) "))
      #expect(responses["\(kind.rawValue)"] != nil)
    }
  }

  @Test func theExampleIsAnswered() throws {
    let section = try section()
    let start = try #require(section.range(of: "-d '"))
    let body = section[start.upperBound...].prefix { $0 != "'" }
    let answer = RequestRun(limits: RequestLimits()).answer {
      try APIEndpoint.fit.answer(to: Array(body.utf8), limits: RequestLimits())
    }
    let fit = try #require(
      try JSONSerialization.jsonObject(with: Data(answer.get())) as? [String: Any])
    #expect(fit["alpha"] as? Double == 0.1)
    #expect(fit["groups"] as? Int == 3)
  }
}
