/// How a method looks, in every figure of every report: a colour and a shape, so that neither has
/// to be told apart alone.
struct MethodStyle: Sendable, Hashable {
  let ink: FigureInk
  let shape: PointShape

  /// The style of each method of a study. The approximations and the better known programs have
  /// styles of their own; any other method has one by its position among the others.
  static func styles(of methods: [String]) -> [String: MethodStyle] {
    var styles: [String: MethodStyle] = [:]
    var others = 0
    for method in methods where styles[method] == nil {
      if let known = known[method.lowercased()] {
        styles[method] = known
      } else {
        styles[method] = MethodStyle(
          ink: otherInks[others % otherInks.count], shape: otherShapes[others % otherShapes.count])
        others += 1
      }
    }
    return styles
  }

  static let inks = known.values.map(\.ink).sorted { $0.light < $1.light } + otherInks

  /// The first four are Okabe & Ito's colours (2008), told apart by colour-blind readers, lightened
  /// for dark pages; filled shapes for this package's approximations, open ones for other programs.
  private static let known: [String: MethodStyle] = [
    "mean-field": MethodStyle(
      ink: FigureInk(light: "#d55e00", dark: "#ff8f45"), shape: .filledTriangleDown),
    "structured": MethodStyle(
      ink: FigureInk(light: "#0072b2", dark: "#56b4e9"), shape: .filledSquare),
    "integrated": MethodStyle(
      ink: FigureInk(light: "#00885f", dark: "#2fc998"), shape: .filledDiamond),
    "corrected": MethodStyle(
      ink: FigureInk(light: "#9b3f80", dark: "#e596c6"), shape: .filledCircle),
    "glmer": MethodStyle(
      ink: FigureInk(light: "#8a6100", dark: "#e3b341"), shape: .openCircle),
    "glmmtmb": MethodStyle(
      ink: FigureInk(light: "#6251a6", dark: "#b3a4f5"), shape: .openSquare),
    "gpboost": MethodStyle(
      ink: FigureInk(light: "#8c3b2a", dark: "#e0957f"), shape: .openTriangleUp),
    "statsmodels": MethodStyle(
      ink: FigureInk(light: "#3d6b1f", dark: "#9ccb6e"), shape: .openTriangleDown),
  ]

  private static let otherInks = [
    FigureInk(light: "#0b7285", dark: "#66d9e8"), FigureInk(light: "#a61e4d", dark: "#ff6b81"),
    FigureInk(light: "#7c4a03", dark: "#e8b069"), FigureInk(light: "#495057", dark: "#ced4da"),
  ]
  /// Five shapes and four colours, numbers without a common divisor: twenty methods differ.
  private static let otherShapes: [PointShape] = [
    .filledTriangleUp, .filledPentagon, .openDiamond, .openPentagon, .cross,
  ]
}

/// Point types of gnuplot's SVG terminal.
enum PointShape: Int, Sendable {
  case cross = 2
  case openSquare = 4
  case filledSquare = 5
  case openCircle = 6
  case filledCircle = 7
  case openTriangleUp = 8
  case filledTriangleUp = 9
  case openTriangleDown = 10
  case filledTriangleDown = 11
  case openDiamond = 12
  case filledDiamond = 13
  case openPentagon = 14
  case filledPentagon = 15
}

/// A colour by what it is for. It has one value on a light page and one on a dark page, both of a
/// contrast that can be read there.
struct FigureInk: Sendable, Hashable {
  /// `#rrggbb`, and a different one for each ink: pictures tell inks apart by it.
  let light: String
  let dark: String

  static let text = FigureInk(light: "#1f2328", dark: "#e6edf3")
  static let mutedText = FigureInk(light: "#59636e", dark: "#9198a1")
  static let axis = FigureInk(light: "#818b98", dark: "#6e7681")
  static let grid = FigureInk(light: "#dde2e7", dark: "#2b3138")
  /// Fills an area behind the data.
  static let band = FigureInk(light: "#e8ecf0", dark: "#23292f")
  /// A value that the data are held against.
  static let reference = FigureInk(light: "#57606a", dark: "#8b949e")
  /// Data that are there but not the point.
  static let background = FigureInk(light: "#b3bcc6", dark: "#4d555f")

  static let all =
    [text, mutedText, axis, grid, band, reference, background] + MethodStyle.inks
}
