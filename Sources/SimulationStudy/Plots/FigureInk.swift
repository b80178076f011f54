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
