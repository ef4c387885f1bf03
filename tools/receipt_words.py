"""What stands on receipts, in words: trades, goods, sums, thanks."""

from __future__ import annotations

# Faker's locales, and how often receipts are of each.
PLACES = {"en_MS": 0.7, "en_US": 0.1, "en_GB": 0.07, "en_AU": 0.07, "en_IN": 0.06}
TRADES = (
    "restaurant", "cafe", "bakery", "hardware", "trading", "enterprise", "stationery",
    "pharmacy", "mart", "minimarket", "supermarket", "electrical", "furniture", "motor",
    "auto parts", "kitchen", "bistro", "food court", "coffee", "books", "bookstore",
    "gift & home", "petrol station", "service station", "fashion", "optical", "dental",
    "clinic", "seafood", "noodle house", "cash & carry", "hypermarket", "holdings",
    "marketing", "packaging", "printing", "photo", "computers", "mobile", "sports",
    "toys", "pet shop", "florist", "laundry", "parking", "hotel", "salon", "jewellery",
    "restoran", "kedai", "perniagaan", "pasaraya", "kopitiam", "cake house", "steak",
    "food services", "pizza", "fried chicken", "burger", "sushi", "tea", "dessert",
)  # fmt: skip
FORMS = {
    "en_MS": (
        "sdn bhd", "sdn. bhd.", "sdn bhd", "s/b", "(m) sdn bhd", "bhd", "enterprise",
        "trading", "plt", "", "", "co. (m) bhd", "(kl) sdn bhd",
    ),
    "": ("ltd", "inc", "llc", "pty ltd", "co.", "& sons", "group", "", "", ""),
}  # fmt: skip
NAMES = (
    "golden", "lucky", "sunrise", "ocean", "green", "royal", "happy", "star", "best",
    "new", "old town", "city", "union", "first", "evergreen", "dragon", "lotus",
    "super", "one stop", "family", "fresh", "grand", "pacific", "asia", "global",
    "prime", "uni", "mega", "mr.", "the", "de", "sri", "kim", "hock", "seng", "heng",
    "ban", "lee", "wong", "tan", "chan", "lim", "soon", "huat", "maju", "jaya", "indah",
    "mutiara", "bintang", "seri", "bahagia", "sentosa", "99", "7", "1", "88", "24", "k",
    "gl", "st",
)  # fmt: skip
GOODS = (
    "chicken rice", "fried noodle", "nasi lemak", "roti canai", "teh tarik", "milo ice",
    "mineral water", "white bread", "wholemeal", "egg", "fresh milk", "cooking oil",
    "sugar", "rice 5kg", "detergent", "tissue", "shampoo", "toothpaste", "battery aa",
    "led bulb", "extension cord", "pvc pipe", "elbow", "cement", "paint", "brush",
    "screw", "nail", "hinge", "padlock", "a4 paper", "ball pen", "marker", "file",
    "notebook", "glue", "plastic bag", "paper cup", "box", "tape", "cake", "donut",
    "latte", "cappuccino", "green tea", "orange juice", "coke", "fries", "burger",
    "nuggets", "ice cream", "salad", "soup", "steak", "salmon", "prawn", "tofu",
    "vegetable", "plain rice", "take away", "t-shirt", "socks", "cap", "belt", "shoes",
    "petrol ron95", "diesel", "engine oil", "filter", "tyre", "labour", "service",
    "panadol", "vitamin c", "mask", "cream", "lotion", "parking", "reload", "delivery",
)  # fmt: skip
TITLES = (
    "tax invoice", "tax invoice", "invoice", "receipt", "cash receipt", "cash bill",
    "official receipt", "simplified tax invoice", "sales receipt", "-tax invoice-",
    "guest check", "cash sales", "*** receipt ***", "",
)  # fmt: skip
THANKS = (
    "thank you", "thank you. please come again", "thank you, please come again",
    "goods sold are not returnable", "goods sold are not refundable",
    "no cash refund", "exchange within 7 days with receipt", "please keep the receipt",
    "have a nice day", "customer's copy", "see you again", "e. & o. e.",
    "received the above goods in good order and condition", "powered by pos system",
    "follow us on facebook", "for feedback please call", "*** closed bill ***",
    "all prices are inclusive of tax", "this is a computer generated receipt",
    "no signature is required", "join our members and enjoy discounts",
)  # fmt: skip
# What the sum that is paid is called, and what comes before and after it.
TOTALS = (
    "total", "total", "total", "grand total", "net total", "total amount", "amount due",
    "total due", "total payable", "net amt", "total amt payable", "nett total",
    "total rm", "total sales (inclusive of gst)", "total (inclusive of gst)",
    "total incl. gst", "total rounded", "total after rounding", "bill total",
    "balance due", "amount", "total inclusive gst", "total amt incl. gst@6%",
    "total sales incl gst",
)  # fmt: skip
BEFORE_ROUNDING = (
    "total", "total sales", "total sales (inclusive gst)", "total incl gst",
    "gross total", "total amount", "sub total (inclusive gst)",
    "total (inclusive of gst)",
)  # fmt: skip
SUBTOTALS = (
    "subtotal", "sub total", "sub-total", "gross amt", "total excl. gst",
    "total before tax", "total (excluding gst)", "total sales (excluding gst)",
    "amount", "net",
)  # fmt: skip
TAXES = (
    "gst",
    "gst 6%",
    "gst payable (6%)",
    "tax",
    "total gst",
    "vat",
    "service tax 6%",
)
ROUNDINGS = ("rounding", "rounding adjustment", "rounding adj", "round", "rounding:")
CASH = ("cash", "cash", "cash tendered", "cash received", "paid", "tender", "payment")
CARDS = ("visa", "master", "credit card", "visa card", "debit card", "card", "amex")
CHANGES = ("change", "change", "change due", "change amt", "balance", "cash change")
DATE_KEYS = (
    "date",
    "date",
    "date",
    "invoice date",
    "bill date",
    "",
    "",
    "date/time",
    "dt",
)
FACTS = (
    "invoice no", "inv no.", "receipt no", "bill no", "doc no.", "slip no.", "cashier",
    "operator", "served by", "table", "table no", "pax", "counter", "pos", "terminal",
    "trans", "ref", "order no", "member", "salesperson", "till", "shift", "staff",
)  # fmt: skip
PEOPLE = ("cashier", "operator", "served by", "salesperson", "staff", "member")
TAX_NUMBERS = ("gst id", "gst reg no", "gst no", "gst id no", "vat no", "tax id", "abn")
HEADS = (
    (("item", "left"), ("qty", 0.5), ("price", 0.7), ("amount", "right")),
    (("description", "left"), ("qty", 0.55), ("u.price", 0.75), ("total", "right")),
    (("qty", "left"), ("description", 0.15), ("amt", "right")),
    (("description", "left"), ("amount", "right")),
    (("item", "left"), ("amount (rm)", "right")),
    (("code", "left"), ("qty", 0.45), ("s/price", 0.7), ("amount", "right")),
)  # fmt: skip
PHONES = ("tel", "tel", "phone", "h/p", "tel no.")
CUSTOMERS = ("bill to", "customer", "to", "sold to", "attn")
COUNTS = ("item count", "total qty", "total item(s)", "no. of items", "qty")
DISCOUNTS = ("discount", "member discount", "less", "disc")
SERVICES = ("service charge 10%", "svr chrg", "serv. charge")
