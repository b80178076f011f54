/// Puts pictures beside the questions that they answer.
struct Illustration {
  let pictures: [DrawnFigures.Picture]
  let results: StudyResults
  /// Prints the study again.
  let command: String

  /// The section with its pictures in front: first the picture, then the numbers.
  func added(
    to section: ReportSection?, _ question: StudyFigure.Question
  ) -> ReportSection? {
    guard var section else { return nil }
    section.blocks = blocks(question) + section.blocks
    return section
  }

  /// The pictures of a question.
  func blocks(_ question: StudyFigure.Question) -> [ReportBlock] {
    pictures.filter { $0.figure.question == question }.map { picture in
      .figure(
        ReportFigure(
          name: picture.figure.figure.name, alternative: picture.figure.alternative,
          caption: picture.figure.caption + source(of: picture.figure), svg: picture.svg))
    }
  }

  /// How much data is behind a picture, and what prints it again.
  private func source(of figure: StudyFigure) -> RichText {
    let samples = results.samples.filter {
      figure.scenario == nil || $0.summary.name == figure.scenario
    }
    let replicates = samples.flatMap(\.methods).map(\.attempted)
    var text: RichText = " n = \(Wording.range(replicates.min() ?? 0, replicates.max() ?? 0))"
    let seeds = Set(
      samples.map(\.summary).filter { !$0.generator.isEmpty }.map(\.seed)
    ).sorted()
    switch seeds.count {
    case 0: break
    case 1: text += ", seed \(String(seeds[0]))"
    default: text += ", \(ReportNumber.count(seeds.count)) seeds"
    }
    return text + "; again by \(code: command)."
  }
}
