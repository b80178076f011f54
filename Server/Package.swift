// swift-tools-version: 6.1
import PackageDescription

// A package of its own: whoever uses the library or the command alone neither fetches nor compiles
// an HTTP server.
let package = Package(
  name: "server",
  platforms: [.macOS(.v15)],
  products: [
    .executable(name: "glmm-poisson-server", targets: ["glmm-poisson-server"])
  ],
  dependencies: [
    .package(name: "glmm-poisson", path: ".."),
    .package(
      url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: []),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
  ],
  targets: [
    .executableTarget(
      name: "glmm-poisson-server",
      dependencies: [
        .product(name: "Calculator", package: "glmm-poisson"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ])
  ],
  swiftLanguageModes: [.v6]
)
