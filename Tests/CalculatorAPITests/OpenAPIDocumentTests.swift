import CalculatorAPI
import Foundation
import PoissonGLMM
import Testing

/// The description of the API says what the API takes and gives.
@Suite struct OpenAPIDocumentTests {
  private typealias Object = [String: Any]

  private static func object(_ bytes: [UInt8]) throws -> Object {
    try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? Object)
  }

  private static func properties(_ name: String) throws -> Object {
    let document = try object(OpenAPIDocument.json)
    let components = try #require(document["components"] as? Object)
    let schemas = try #require(components["schemas"] as? Object)
    return try #require((schemas[name] as? Object)?["properties"] as? Object)
  }

  /// The keys that the program names where it is given another one.
  private static func keys(_ endpoint: APIEndpoint, _ body: String) throws -> [String] {
    let problem = #expect(throws: (any Error).self) {
      try endpoint.answer(to: Array(body.utf8), limits: RequestLimits())
    }
    let sentence = RequestProblem(try #require(problem)).sentence
    let list = try #require(sentence.firstMatch(of: /(?:has|are) (.*)\.$/)).1
    return list.split(separator: ", ").map(String.init)
  }

  @Test(arguments: [
    ("CallRequest", APIEndpoint.call, #"{"nothing":1}"#),
    ("FitRequest", .fit, #"{"nothing":1}"#),
    ("PredictRequest", .predict, #"{"nothing":1}"#),
    (
      "Options", .fit, #"{"formula":"y ~ 1","columns":{"y":[1]},"options":{"nothing":1}}"#
    ),
  ])
  func keysAreThoseThatAreTaken(schema: String, endpoint: APIEndpoint, body: String) throws {
    #expect(try Set(Self.properties(schema).keys) == Set(Self.keys(endpoint, body)))
  }

  @Test func choicesAreAllThatThereAre() throws {
    for schema in ["Options", "Fit"] {
      let properties = try Self.properties(schema)
      func choices(_ name: String) throws -> [String] {
        try #require((properties[name] as? Object)?["enum"] as? [String])
      }
      #expect(try Set(choices("family")) == Set(CountFamily.allCases.map(\.rawValue)))
      #expect(try Set(choices("approximation")) == Set(Approximation.allCases.map(\.rawValue)))
    }
  }

  /// Whatever a fit is asked for.
  @Test func everyMemberOfAFitIsDescribed() throws {
    let columns =
      #""columns":{"y":[2,3,6,7,8,9,1,4],"x":["a","b","a","b","a","b","a","b"],"#
      + #""g":["a","a","b","b","c","c","d","d"]}"#
    let described = try Set(Self.properties("Fit").keys)
    for options in [
      #"{"contrasts":["xb"],"means":["x"],"pairs":["x"],"variances":true,"references":"x=a"}"#,
      #"{"family":"zero-inflated-negative-binomial","#
        + #""prior":["xb ~ normal(0, 1)","sd(g) ~ halfnormal(0.5)"]}"#,
    ] {
      let body = #"{"formula":"y ~ x + (1 | g)",\#(columns),"options":\#(options)}"#
      let fit = try Self.object(
        try APIEndpoint.fit.answer(to: Array(body.utf8), limits: RequestLimits()))
      #expect(Set(fit.keys).subtracting(described).isEmpty)
      #expect(fit["family"] != nil || fit["variances"] != nil)
    }
  }
}
