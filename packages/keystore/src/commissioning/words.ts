/** 1,024 short words, ten bits each: to be read aloud and compared. Their order is the format; nothing is ever moved. */
export const fingerprintWords: readonly string[] = `
able acid acorn actor adapt add adult after again agent agree ahead aim air alarm album alert alley allow almond alone alpha amber amuse angle animal ankle answer
ant apple april apron arch area arena argue arm armor army arrow art artist ash aside ask asset atlas atom attic audio august aunt author auto autumn award
away awful axis baby back bacon badge bag bake balance ball bamboo banana band bank bar bark barn barrel base basil basket bath battle bay beach bead beam
bean bear beat beauty bed bee beef before begin behave behind bell belt bench berry best better beyond bicycle big bike bind bird birth biscuit bitter black blade
blame blanket blend bless blind block bloom blossom blue board boat body boil bold bolt bone bonus book boost boot border boring borrow boss bottle bottom bounce bowl
box boy brain branch brass brave bread break breeze brick bridge brief bright bring broad bronze brother brown brush bubble bucket budget buffalo build bulb bundle burger bus
bush busy butter button buy buzz cabin cable cactus cage cake calm camel camera camp canal candle candy canoe canvas canyon car carbon card cargo carpet carrot carry
cart case castle cat catch cattle cause cave ceiling celery cell center cereal chair chalk change chapter charge chase cheap check cheese cherry chess chest chicken chief child
chill chimney choice choose circle citizen city civil claim clap clay clean clerk clever cliff climb clinic clock close cloth cloud clown club coach coast coat cocoa coconut
code coffee coin cold color column comb come comfort comic common company copper copy coral core cork corn corner cost cotton couch country couple course cousin cover cow
coyote crab cradle craft crane crater cream credit creek crew cricket crisp crop cross crowd crown cruise crumb crystal cube culture cup curious curtain curve cushion custom cycle
dad dairy daisy damp dance daring dark dash data daughter dawn day deal dear decade december decide deck deep deer degree delay delta demand den dentist depart depth
derby desert design desk detail device dew dial diamond diary dice diesel diet digit dinner direct dish ditch dive dizzy doctor dog doll dolphin domain donkey door dose
double dough dove dozen draft dragon drama draw dream dress drift drill drink drive drop drum dry duck dune dust duty eager eagle early earn earth east easy
echo edge edit effort egg eight either elbow elder elegant element elephant elite else email embark ember emotion empty end energy engine enjoy enough enter entry envelope equal
era erase errand escape essay evening event ever evolve exact example excite exit exotic expand expert extra eye fabric face fact factory fade fair faith falcon fall family
famous fan fancy far farm fashion fast father favor feather feature february feed feel fence ferry festival fetch fever few fiber fiction field fig figure file film filter
final find finger finish fire first fish fit five flag flame flash flat flavor fleet flight flip float flock floor flour flow flower fluid flute fly foam focus
fog foil fold folk follow food foot forest fork fortune forum forward fossil fox frame fresh friday friend fringe frog front frost fruit fuel full fun funnel fur
future gadget galaxy gallery game gap garage garden garlic gate gather gauge gentle genius ghost giant gift ginger giraffe girl give glad glance glass globe glory glove glow
glue goat gold golf good goose gospel grace grain grand grape graph grass gravel gray great green greet grid grocery ground group grow guard guess guest guide guitar
gulf gym habit half hall hammer hand happy harbor harp harvest hat hawk hazel head health heart heat heavy hedge helmet help hen herb hero hill hint hip
history hobby hockey hold holiday hollow home honey hood hope horn horse hotel hour house hover hub human humble humor hundred hungry hurdle husband hybrid ice icon idea
idle igloo image inch income index indoor infant inform ink inner input inside invite iris iron island item ivory ivy jacket jaguar jar jazz jeans jelly jewel job
join joke journey joy judge juice july jump june jungle junior jury kayak keen keep kettle key kick kidney kind king kiss kit kitchen kite kitten kiwi knee
knife knock knot koala label lace ladder lady lake lamb lamp land lane language lantern laptop large laser last late laugh laundry lava law lawn layer lazy lead
leaf learn leather lecture left leg legend lemon lend lens lentil leopard lesson letter level liberty library lift light lily limb lime limit line linen link lion lip
liquid list little live lizard llama load loaf lobster local lock logic long loop lotus loud lounge love loyal lucky lumber lunar lunch luxury lyric machine magic magnet
mail major make mango manual maple marble march margin marine market mask master match math matrix may meadow meal medal media melody melon member memory menu mercy merge
metal method middle mild milk mill mimic mind mint minute mirror mix mobile model modern moment monday money monkey month moon moral morning mosaic mother motor mountain mouse
mud muffin mule museum mushroom music mystery napkin narrow nation nature near neat neck needle neon nephew nest net neutral never new next nice night noble noise noodle
noon normal north nose note novel nurse nut nylon oak oasis oat object ocean october odd offer office olive omega onion open opera orange orbit orchard order organ
otter outer oval oven owl owner oxygen oyster pace paddle page paint pair palace palm panda panel paper parade parent park parrot party pass pasta patch path patio
pause peach peak pear pearl pebble pedal pelican pen pencil penguin pepper piano picnic piece pigeon pilot pine pink pioneer pipe pizza place plain planet plant plate play
plum pocket poem poet point polar pond pony pool poppy porch port potato pottery powder power present pretty prince print prize proof proud public pulse pump puppy purple
puzzle pyramid quality quarter queen quick quiet quilt quiz rabbit radar radio rail rain ranch rapid raven record reef region salt sand satin school sea season seed shell
ship silver snow sugar sun tiger tower tulip velvet violin walnut water whale winter yellow zebra
`
  .trim()
  .split(/\s+/)
