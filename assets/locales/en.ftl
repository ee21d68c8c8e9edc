# Text of the wall in English. Keys and variables are those of zh-CN.ftl (a test compares them).

back = Back
district-word = District
language-switch = 中文
help = Help
help-line = Click: drill down · Drag: pan · Wheel: zoom · Home: fit · T: tilt · Esc: up · Backspace: back · Ctrl+K: search · 1–4: scenes · Shift+1–5: layers · [ ]: layer strength · F11: full screen · F1: help
search-hint = Ticket, area, code
search-none = No ticket or area matches

level-district = district
level-street = street
level-community = community
level-grid = grid

date = { $day }/{ $month }
weekday-0 = Monday
weekday-1 = Tuesday
weekday-2 = Wednesday
weekday-3 = Thursday
weekday-4 = Friday
weekday-5 = Saturday
weekday-6 = Sunday
short-weekday-0 = Mon
short-weekday-1 = Tue
short-weekday-2 = Wed
short-weekday-3 = Thu
short-weekday-4 = Fri
short-weekday-5 = Sat
short-weekday-6 = Sun
yesterday = yesterday
now = now

age-seconds = { $n } s
age-minutes = { $n } min
age-hours = { $n } h
age-days = { $n } d
age-ago-seconds = { $n } s ago
age-ago-minutes = { $n } min ago
age-ago-hours = { $n } h ago
age-ago-days = { $n } d ago

feed-tickets = Tickets
feed-areas = Areas
feed-places = Base map
feed-care = Care
feed-sources = Sources
feed-site = Platform
delayed = delayed { $age }
expired = lost { $age }
never = none yet
as-of = as of { $time }
stale-as-of = Data as of { $time }
not-updated = updated { $ago }
not-current = not current
last-known = last { $time }
connecting = Connecting…
no-data-yet = No data yet
verified-zero = verified zero
retry-in = retry in { $n } s
retry-now = retrying
silent-title = No new data
silent-line = Connection lost: not the same as no new tickets
last-ticket = last one { $time }

trouble-unreachable = Platform unreachable
trouble-timed-out = Platform too slow
trouble-unauthorized = Access denied: check the credentials
trouble-not-a-platform = No ticket platform at this address
trouble-busy = Platform busy, asks to wait
trouble-refused = Platform returned an error
trouble-unreadable = Platform's answer unreadable
trouble-certificate = Platform's certificate invalid
trouble-stream-lost = Connection to the platform lost
trouble-relisting = Reading all tickets again

off-map = { $n } not on map
unmatched = { $n } in unknown grids
rejects = { $n } unusable records
area-defects = { $n } area defects
env-demo = Demo data · fictional district
env-archive = Archive data
env-drill = Drill

unit-tickets = tickets
unit-people = people
unit-grids = grids
unit-per-thousand = per 1,000

intake-title = Tickets today
intake-delta-before = vs last { $weekday }, same time
intake-expected = expected { $low }–{ $high }
intake-no-history = too little history for a band
source-grid-worker = Grid workers
source-hotline = 12345 hotline
source-dispatch = Dispatch, sensors
source-other = Other

stages-title = By stage
stages-note = { $n } · median stay
overdue-n = late { $n }

latest-title = Latest tickets
latest-note = { $n } today
no-tickets = No tickets
unknown-area = no location
stage-closed = Closed
stage-void = Void

children-title-street = Open by street
children-title-community = Open by community
children-title-grid = Open by grid
children-note = { $n } · open / late
children-none = No areas below

table-title = Tickets in hand
table-note = { $n }
table-time = Time
table-category = Category
table-area = Grid
table-stage = Stage
table-left = Left
table-late = late { $age }
table-empty = No tickets in hand here

card-open = Open
card-overdue = Late
card-today = Received today
card-grids = Grids
card-population = Population
card-density = Open density
card-code = Code { $code }
kind-general = General grid
kind-exclusive = Exclusive grid
kind-building = Building grid

ticket-asked = Reading the ticket…
ticket-failed = The ticket cannot be read
ticket-unlisted = The list has no such ticket
place = Place
source = Source
agency = Lead unit
reported = Reported
address = Address
evidence = { $n } pieces of evidence · for desks, not shown on walls
mode-ordinary = Ordinary
mode-joint = Joint
mode-consult = Consult
mode-emergency = Emergency
mode-special = Special
mode-supervised = Supervised
not-on-map = not on map
outside = outside the district

clock-sign = Sign-off
clock-handle = Handling
clock-limit = limit { $limit }
clock-no-limit = no limit
clock-stopped = stopped
clock-running = running
clock-paused = paused
clock-late = late
clock-extended = extended { $age }
clock-urgent = round the clock
clock-working = working time
clock-pause = paused { $age }
clock-due = due { $time }

timeline-title = History
timeline-spent = Spent
timeline-ahead = Ahead: { $steps }
timeline-none = No history
event-entered = entered
event-signed = Signed
event-paused = Paused
event-resumed = Resumed
event-extended = Extended
event-rated = Rated
event-returned = Returned
event-closed = Closed
event-reopened = Done again
event-void = Void
role = { $unit } · { $role }

lanes-title = Rating and re-do
lane-redo = Done again × { $n }
lane-no-redo = not done again
lane-rated-yes = Satisfied
lane-rated-no = Not satisfied
lane-unrated = Not rated
lane-resolved-yes = Solved
lane-resolved-no = Not solved
lane-resolved-unknown = Solved: no answer
related-title = Same place, 30 days: { $n }
related-none = Same place, 30 days: none

legend-title = Open { $unit } by { $level }
legend-height = Height as colour
ribbon-title = Today's flow
ribbon-one = 1 mark = 1 ticket
ribbon-many = 1 mark = { $n } tickets
ribbon-expected = dotted: expected
map-sketch = Sketch map
hover-open = { $n } open
hover-overdue = { $n } late

layers = Layers
layer-areas = In hand
layer-tickets = Tickets
layer-heat = Heat
layer-care = Care
layer-flow = Flow
layer-on = on
layer-off = off
