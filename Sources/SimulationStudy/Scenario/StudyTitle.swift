/// What a study is called and what it is to answer, for the head of its report. No result depends
/// on it.
public struct StudyTitle: Sendable, Hashable {
  public let title: String
  /// One question to the reader.
  public let question: String

  public init(title: String, question: String) {
    self.title = title
    self.question = question
  }
}

extension ScenarioParser {
  /// `{title: Few groups, question: How few are enough?}`
  static func studyTitle(_ value: YAMLValue) throws(ScenarioError) -> StudyTitle {
    let map = try value.mapping(keys: ["title", "question"])
    return StudyTitle(
      title: try oneLine(map.required("title")), question: try oneLine(map.required("question")))
  }
}
