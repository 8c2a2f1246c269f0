internal import Foundation

/// Dates as `strftime` writes them in the C locale, in the local time zone.
enum JinjaTime {
    private static let days = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]

    /// Returns `date` in a format such as `%d %b %Y`.
    static func text(of date: Date, format: String, zone: TimeZone = .current) -> String {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = zone
        let parts = calendar.dateComponents(
            [.year, .month, .day, .hour, .minute, .second, .nanosecond, .weekday, .dayOfYear], from: date)
        var out = ""
        var rest = format[...]
        while let character = rest.popFirst() {
            guard character == "%", var letter = rest.popFirst() else {
                out.append(character)
                continue
            }
            // `%-d` leaves the zero in front out.
            var isShort = false
            if letter == "-", let next = rest.popFirst() {
                isShort = true
                letter = next
            }
            out += piece(letter, parts, isShort: isShort, date, zone) ?? "%\(isShort ? "-" : "")\(letter)"
        }
        return out
    }

    private static func padded(_ value: Int, _ width: Int, _ isShort: Bool, with fill: String = "0") -> String {
        let digits = String(value)
        return isShort ? digits : String(repeating: fill, count: max(0, width - digits.utf8.count)) + digits
    }

    private static func piece(
        _ letter: Character, _ parts: DateComponents, isShort: Bool, _ date: Date, _ zone: TimeZone
    ) -> String? {
        let (year, month, day) = (parts.year ?? 1970, parts.month ?? 1, parts.day ?? 1)
        let (hour, minute, second) = (parts.hour ?? 0, parts.minute ?? 0, parts.second ?? 0)
        let weekday = (parts.weekday ?? 1) - 1
        let yearDay = parts.dayOfYear ?? 1
        func number(_ value: Int, _ width: Int = 2) -> String { padded(value, width, isShort) }
        func text(_ format: String) -> String { self.text(of: date, format: format, zone: zone) }
        switch letter {
        case "Y": return String(year)
        case "C": return number(year / 100)
        case "y": return number(year % 100)
        case "m": return number(month)
        case "d": return number(day)
        case "e": return padded(day, 2, isShort, with: " ")
        case "H": return number(hour)
        case "I": return number((hour + 11) % 12 + 1)
        case "M": return number(minute)
        case "S": return number(second)
        case "f": return padded((parts.nanosecond ?? 0) / 1000, 6, false)
        case "j": return number(yearDay, 3)
        case "p": return hour < 12 ? "AM" : "PM"
        case "P": return hour < 12 ? "am" : "pm"
        case "a": return String(days[weekday].prefix(3))
        case "A": return days[weekday]
        case "b", "h": return String(months[month - 1].prefix(3))
        case "B": return months[month - 1]
        case "u": return String(weekday == 0 ? 7 : weekday)
        case "w": return String(weekday)
        case "U": return number((yearDay + 6 - weekday) / 7)
        case "W": return number((yearDay + 6 - (weekday + 6) % 7) / 7)
        case "s": return String(Int(date.timeIntervalSince1970.rounded(.down)))
        case "Z": return zone.abbreviation(for: date) ?? ""
        case "z", "T", "R", "D", "F", "c", "x", "X", "r":
            if letter == "z" {
                let minutes = zone.secondsFromGMT(for: date) / 60
                return (minutes < 0 ? "-" : "+") + padded(abs(minutes) / 60, 2, false)
                    + padded(abs(minutes) % 60, 2, false)
            }
            let long = [
                "T": "%H:%M:%S", "R": "%H:%M", "D": "%m/%d/%y", "F": "%Y-%m-%d", "c": "%a %b %e %H:%M:%S %Y",
                "x": "%m/%d/%y", "X": "%H:%M:%S", "r": "%I:%M:%S %p",
            ]
            return text(long[String(letter)] ?? "")
        case "n": return "\n"
        case "t": return "\t"
        case "%": return "%"
        default: return nil
        }
    }
}
