import CalculatorAPI
import Foundation
import PoissonGLMM
import Testing

/// What programs ask of the server, without HTTP.
@Suite struct EndpointTests {
  private static let csv = "y,x,g\n2,1,a\n3,2,a\n6,1,b\n7,2,b\n8,1,c\n9,2,c\n"

  private func answer(
    _ endpoint: APIEndpoint, _ body: String, limits: RequestLimits = RequestLimits()
  ) -> Result<String, RequestProblem> {
    RequestRun(limits: limits).answer { try endpoint.answer(to: Array(body.utf8), limits: limits) }
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private func problem(
    _ endpoint: APIEndpoint, _ body: String, limits: RequestLimits = RequestLimits()
  ) -> RequestProblem? {
    guard case .failure(let problem) = answer(endpoint, body, limits: limits) else { return nil }
    return problem
  }

  private func object(_ text: String) throws -> [String: Any] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
  }

  private func means(_ fit: [String: Any]) throws -> [Double] {
    try #require(fit["fixed_effects"] as? [[String: Any]]).map {
      try #require($0["mean"] as? Double)
    }
  }

  @Test func aCallIsThatOfTheFunction() throws {
    let body =
      #"{"y":[[2],[3],[6],[7],[8],[9]],"x":[[1],[2],[1],[2],[1],[2]],"#
      + #""groups":[[1],[1],[2],[2],[3],[3]]}"#
    let text = try answer(.call, body).get()
    #expect(text == CallAnswer(glmmPoisson(json: Array(body.utf8)).answer).text)
    #expect(text.contains("Intercept"))
  }

  @Test func textAndColumnsAreTheSameData() throws {
    let options = #""options":{"alpha":0.1,"threads":2}"#
    let texts = try answer(
      .fit, #"{"formula":"y ~ x + (1 | g)","csv":\#(quoted(Self.csv)),\#(options)}"#
    ).get()
    let columns = try answer(
      .fit,
      #"{"formula":"y ~ x + (1 | g)","columns":{"y":[2,3,6,7,8,9],"x":[1,2,1,2,1,2],"#
        + #""g":["a","a","b","b","c","c"]},\#(options)}"#
    ).get()
    let first = try object(texts)
    #expect(first["alpha"] as? Double == 0.1)
    #expect(first["observations"] as? Int == 6)
    #expect(try means(first) == means(object(columns)))
    #expect(try means(first).count == 2)
  }

  @Test func missingValuesAreLeftOut() throws {
    let fit = try object(
      answer(
        .fit,
        #"{"formula":"y ~ x + (1 | g)","columns":{"y":[2,3,6,7,8,9,1],"x":[1,2,1,2,1,2,null],"#
          + #""g":["a","a","b","b",null,"c","c"]}}"#
      ).get())
    #expect(fit["dropped_rows"] as? Int == 2)
  }

  @Test func newRowsArePredicted() throws {
    let answer = try object(
      answer(
        .predict,
        #"{"formula":"y ~ x + (1 | g)","csv":\#(quoted(Self.csv)),"#
          + #""new_columns":{"x":[1,2],"g":["a","d"]}}"#
      ).get())
    let rows = try #require(answer["predictions"] as? [[String: Any]])
    #expect(rows.count == 2)
    #expect(rows[0]["new_factors"] as? [String] == [])
    #expect(rows[1]["new_factors"] as? [String] == ["g"])
    #expect(answer["scale"] as? String == "count")
  }

  @Test(arguments: [
    (#"{"y":"#, "Invalid request: line 1, column 6: expected a value, but the text ends here."),
    (#"[1]"#, #"Invalid request: line 1, column 1: expected an object in braces, found "["."#),
    (
      #"{"formla":1}"#,
      #"Invalid request: line 1, column 2: unknown key "formla"; a request has "#
        + "formula, csv, columns, options."
    ),
    (
      #"{"formula":"y","formula":"y"}"#,
      #"Invalid request: line 1, column 16: the key "formula" appears a second time."#
    ),
    (#"{"formula":3,"csv":""}"#, "formula must be a text."),
    (#"{"formula":{},"csv":""}"#, "formula must be a text."),
    (#"{"csv":"y\n1\n"}"#, #"formula is required: a text such as "y ~ x + (1 | g)"."#),
    (#"{"formula":"y ~ 1"}"#, "csv is required, the text of a file, or columns in its place."),
    (
      #"{"formula":"y ~ 1","csv":"y\n1\n","columns":{"y":[1]}}"#,
      "csv and columns cannot both be given."
    ),
    (
      #"{"formula":"y ~ 1","columns":{"y":[1,"a"]}}"#,
      #"Column "y" of columns must be a list of numbers or a list of texts, with null for what is "#
        + "missing."
    ),
    (#"{"formula":"y ~ 1","columns":3}"#, "columns must be an object."),
    (#"{"formula":"y ~ 1","csv":"y\n1\n","options":[]}"#, "options must be an object."),
    (
      #"{"formula":"y ~ 1","csv":"y\n1\n","options":{"alpha":2}}"#,
      "alpha must lie between 0 and 1, not 2.0."
    ),
  ])
  func whatIsNotWrittenAsItShouldBe(body: String, sentence: String) {
    let endpoint = body.hasPrefix(#"{"y""#) ? APIEndpoint.call : .fit
    #expect(problem(endpoint, body) == RequestProblem(.malformed, sentence))
  }

  @Test func aFaultInTheFormulaHasItsPlace() throws {
    let found = try #require(
      problem(.fit, #"{"formula":"y ~ x + (1 | ","csv":\#(quoted(Self.csv))}"#))
    #expect(found.kind == .malformed)
    #expect(found.formulaPosition == 13)
    let json = try object(String(decoding: found.json, as: UTF8.self))
    #expect(json["position"] as? Int == 13)
    #expect(json["status"] as? Int == 400)
    #expect(json["detail"] as? String == found.sentence)
    #expect(!found.sentence.contains("\n"))
  }

  /// Which would be another place in the formula.
  @Test func aFaultInAContrastHasNoPlace() throws {
    let body =
      #"{"formula":"y ~ x","csv":\#(quoted(Self.csv)),"options":{"contrasts":["x + "]}}"#
    let found = try #require(problem(.fit, body))
    #expect(found.kind == .malformed)
    #expect(found.formulaPosition == nil)
  }

  @Test(arguments: [
    (
      APIEndpoint.call, #"{"y":[[1],[-1]],"x":[[1],[2]],"groups":[[1],[2]]}"#,
      "Invalid input: y[1] must be non-negative (count data)."
    ),
    (
      .fit, #"{"formula":"y ~ z","csv":"y,x\n1,2\n"}"#,
      "csv:1: there is no column 'z'; the columns are y, x"
    ),
    (
      .fit, #"{"formula":"y ~ x","csv":"y,x\n1.5,2\n2,3\n"}"#,
      "csv:2: the count is 1.5; a count must be a whole number. For a rate or a mean, take the "
        + "count that it was made of as the response, and what that was divided by as exposure: "
        + "add offset(log(exposure)) to the model."
    ),
  ])
  func dataThatTheModelCannotTake(endpoint: APIEndpoint, body: String, sentence: String) {
    #expect(problem(endpoint, body) == RequestProblem(.unusableData, sentence))
  }

  private func quoted(_ text: String) -> String {
    String(decoding: (try? JSONEncoder().encode(text)) ?? Data(), as: UTF8.self)
  }
}
