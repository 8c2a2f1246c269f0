/// What the machine costs (group `cost`).
public struct CostConfiguration: Sendable, Hashable {
    /// The price of an hour of this machine, in ``currency``; nil: not known (key `cost.price_per_hour`).
    public var pricePerHour: Double?
    /// What the price is counted in (key `cost.currency`).
    public var currency: String
    /// What the run may cost, in ``currency``; nil: no limit (key `cost.budget`).
    public var budget: Double?

    /// Creates a configuration.
    public init(pricePerHour: Double? = nil, currency: String = "USD", budget: Double? = nil) {
        self.pricePerHour = pricePerHour
        self.currency = currency
        self.budget = budget
    }
}
