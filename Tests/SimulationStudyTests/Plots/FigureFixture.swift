import Foundation

@testable import SimulationStudy

extension Fixture {
  /// Two panels with every kind of mark, on a linear and on a share axis.
  static func figure(name: String = "small", label: String = "x1") -> Figure {
    let style = MethodStyle.styles(of: ["structured"])["structured"]
    let marks: [FigureMark] =
      [
        .line([.init(x: 0.95, y: -1.5), .init(x: 0.95, y: 0.5)], .reference, .dashed),
        .segments(
          [.init(start: .init(x: 0, y: -0.5), end: .init(x: 1, y: -0.5))], .grid, width: 1),
      ]
      + (style.map {
        [
          .points(
            [
              FigurePoint(x: 0.91, y: 0, interval: 0.84...0.96),
              FigurePoint(x: .nan, y: 0, interval: nil),
              FigurePoint(x: 1, y: -1, interval: nil),
            ], $0, bars: .horizontal)
        ]
      } ?? [])
    let shares = FigureAxis(
      range: 0...1, ticks: [.init(value: 0, label: "0"), .init(value: 0.95, label: "0.95")],
      scale: .share)
    let linear = FigureAxis(range: -1...1, ticks: [.init(value: 0, label: "0")])
    return Figure(
      name: name, title: "A title",
      legend: style.map { [.init(name: "structured", style: $0)] } ?? [],
      panels: [
        FigurePanel(
          title: label, horizontal: shares, vertical: .names(["one", "two"]), height: 40,
          marks: marks),
        FigurePanel(
          title: "", horizontal: linear, vertical: .names(["one", "two"]), height: 40,
          marks: [
            .band([.init(x: -1, lower: -1, upper: 0), .init(x: 1, lower: -.infinity, upper: 0)]),
            .texts([.init(position: .init(x: 0, y: 0), text: "here")]),
          ]),
      ], columns: 2, horizontalLabel: "share", verticalLabel: "")
  }
}
