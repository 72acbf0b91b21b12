"""Six words in the place of a fingerprint, to be compared over the telephone.

2048 plain English words of our own choice, three to nine letters, no two of which differ by one
letter: eleven bits each, 66 bits in six words.
"""

from __future__ import annotations

from typing import Final

FINGERPRINT_WORDS: Final = 6
_BITS: Final = 11


def fingerprint_words(sha256_hex: str) -> tuple[str, ...]:
    """Return the six words of a fingerprint.

    Args:
        sha256_hex: 64 hex digits.

    >>> fingerprint_words("00" * 32)[0] == WORDS[0]
    True

    Raises:
        ValueError: If it is no fingerprint.
    """
    digest = bytes.fromhex(sha256_hex)
    if len(digest) != 32:
        message = "a fingerprint has 64 hex digits"
        raise ValueError(message)
    number = int.from_bytes(digest, "big") >> (256 - FINGERPRINT_WORDS * _BITS)
    shifts = range((FINGERPRINT_WORDS - 1) * _BITS, -1, -_BITS)
    return tuple(WORDS[number >> shift & (1 << _BITS) - 1] for shift in shifts)


_TEXT: Final = """
abbey absent absorb accent access account ache acid acorn acrobat act action active actor
actual adapt adder address adjust admire admit adult advance advent advice aerial afar affair
afford afraid after again agate agenda agent agree ahead air airport aisle alarm album alcove
alert algae alien alike alley allow almanac almond aloft alone aloud alpha alpine amber amount
ample amulet amuse anchor ancient angle animal annual answer antenna anthem antique antler
anvil apart appeal apply apricot apron aqua arcade arch archer arctic area argon argue arise
arm armada armor aroma around arrange arrive arrow artist ascend aside ask aspect aspen assist
atlas atom atrium attach attend attic august aunt aurora author autumn average avocado avoid
awake award away awful axis axle azure baby badge bag bagel bagpipe bake bakery balance balcony
ballet balloon balsam bamboo banana bandage banjo bank banner barber barista barley barn barrel
basalt basic basket baton battery bayou bazaar beacon bead beaver bedrock beech beef beehive
beetle begin behave behind belief bell belong below bento beret berry best beyond bicycle
billow birch bird biscuit bison bistro bit bitter black blade blanket blast blend bless blink
bloom blossom bluff blush board boat bobcat body boil bold bone bonfire bonnet bonsai bonus
borrow boss both bottle bottom boulder bounce boutique box bracket brain brass brave breath
breeze bride brief brigade bright bring brisk broad brocade broken bronze brook brother brown
bubble bucket buckeye buckle budget buffalo bugle build bulb bumper bundle bungalow bunny
burger burst bus butler buttercup button buyer buzz cabaret cabbage cabin cable cactus cadet
calcium calf camel camellia camera camp canal canary candle candy canoe canopy canvas canyon
cape capital capsule captain car caramel caravan carbon cardinal cargo caribou carol carpet
carrot carry cascade cash cashew castle casual catalog catch caterer caught cause cavern cedar
ceiling celery cello cement centaur century cereal certain chain chalk chamber chance channel
chapter charge chariot charm chase chateau cheap cheer cheese chef cherry chess chestnut
chicken child chime chimney chip chisel choice choir choose chorus chrome cicada cider cinema
cinnamon circle circus citadel citizen citrus city civil claim clap clarinet class clear clerk
clever cliff climate climb clinic cloak close cloth clown club cluster coach coast cobalt
cobbler cobra cockatoo cocoa coconut code coffee coin collar collect collie color column comb
combine comedy comet comfort comic comma common compass comrade concert condor confetti confirm
connect consent console contact contain contest control cook cookie copper copy coral cord
corner correct cosmos cottage cotton cougar cough council country couple courage courier court
cousin cow coyote crab cranberry crane crater crawl crayon cream create credit creek crest crew
cricket crimson crisp critic crochet crocus cross crossbow crouton crowd cruise crumb crunch
crush crystal cube cuckoo cup cupcake curious current curve cushion custom cutlery cycle cymbal
cypress dad dahlia daily dainty dance dapper dart date dawn daylight debate decade declare
decoy deep defend degree delay delight deliver delta demand denim dense dental depart deposit
depot depth derby derive desert design desk detail detect develop device devote dewdrop diagram
dial diamond diary diesel diet differ digital dim dingo direct disco discuss dish display
distant ditch dive divide doctor dog dogwood doll dolphin domain dome domino donate donkey door
doorway dormant double dozen dragon dragonfly drama draw drawer dress drift driftwood drill
drink drizzle drop drum drummer dry duck dugout duke dulcet duo dust duty dwarf dynamo eager
eagle early earring earth easel easy eat echo eclipse edge edit editor effect effort egg
eggplant elastic elbow elder elect elegant element elevator elf elixir embark embassy emblem
emerald emperor employ empty enable enamel encore end endless endure energy engage engine enjoy
enough enrich enter entire entry envelope epic equal equinox equip era erase errand escape
essay estate esteem eternal ether event ever evergreen evident evolve exact example exceed
excite excuse exhale exhibit exist exotic expand expect explain explore export express extend
extra eye eyebrow eyelid fabric face factory fairy faith falcon fall family famous fancy
fanfare faraway farmer fashion fast faucet fauna favor feather feline fellow felt fence fern
ferret festival fetch few fiber fiction fiddle field fiesta fifteen fifty fig figure file
filter final finger finish firm first fjord flag flagpole flame flamingo flannel flash flea
fleet flicker flight flint flipper float flock floor flora florist flow fluid flute fly foam
focus foggy folder folk foot footpath forest forget formal fortune forty forum forward fossil
foster fountain fragile free freedom fresco fresh friend fringe frisbee frog front frozen fruit
fuchsia fuel fund furnace future gadget gala galaxy galleon gallery gallop game gander garage
garden garland garlic garment garnet gas gather gazebo gazelle gear gelato general genius
gentle genuine geode get geyser gherkin giant gift giggle gingham giraffe glacier glad glance
glaze gleam glimmer glitter globe glory glue goal goblet gondola good goose gopher gorilla
gourd gown grace grammar granary grand granite graph gravel gravity gravy green grid griffin
grocery grotto group grove grow growth guard guava guess guide guitar gulf gum guppy habit
haiku halibut halo hamlet hammer hammock hamster handbag hang happen happy harbor harmony
harness harvest harvester hatchet hawk hay hazel hazelnut headland healthy heart heaven heavy
hedgehog height heirloom helium helmet help hemlock hen herd hermit heron herring hibiscus
hiccup hidden high highway hiker hill hilltop hint history hobby hockey holiday hollow holly
honest honey honeybee hoof hope hopscotch horizon horn hornet horse host hotel hound hover
hubcap huge human humble humor hundred hungry hurdle hurry husband husky hut hyacinth hydrant
ice iceberg icon idea idle igloo iguana image imagine impact impala import improve incense inch
include income indeed index indigo indoor infant inform ink inkwell inlet inner input inquire
insect inside install insure intend invent invite iris ironwood island issue item ivory ivy
jackal jacket jade jaguar jam jamboree jasmine javelin jaybird jazz jeans jelly jester jewel
jigsaw job joint joke journal journey judge jug juggle juice jukebox jumbo jump junior juniper
jury kangaroo karate kayak kazoo keel kennel kestrel kettle key keyboard kick kid kidney kilt
kimono king kingdom kinship kiosk kitchen kite kitten kiwi knapsack knee knit knob knock koala
kumquat label labor lacquer ladle lady lagoon lakeside lamb land landmark lantern large lark
laser lattice laugh launch laundry laurel lava lavender law lawyer leader leaf leaflet league
learn leave lecture leek left leg legal legend legume lemon lemonade length lens lentil leopard
lesson letter lettuce level liberty library lichen life lifeboat lilac lily limerick limestone
limit linen linnet lion lip liquid list listen liter little lizard llama load lobster local
locket locust lodge logic loop lotus lounge love lucky lullaby lumber lunar lung lupine luxury
lynx lyric macaw machine magenta magic magnet magnolia magpie mahogany main major mallard
mammal mammoth mandarin mandolin mango mantis manual map maple maraca marble margin marigold
marine market marmot maroon marsh marzipan mascot mastiff matter maximum maze meadow mean
meander measure medal medium medley meerkat melody melon member memento memory mention menu
mercury merit merlin mesh message meter method metro midday milk milkweed million mind mineral
minimum minor minstrel minute miracle mirror missing mix mixture mobile model modern modest
module molasses moment monday mongoose monitor month monument moon moonbeam more mosaic mother
motion motor mouse movie much mud muffin mulberry mural muscle museum music musket mustard
mutual mystery myth napkin nation native natural nature navy nebula neck nectar need needle
nephew nerve network neutral news nickel niece nightfall nimble nine noble nod noise nomad
noodle north notepad nothing notice nougat novel nugget nurse nutmeg nylon oak oasis oatmeal
obelisk object oblige oboe observe obtain obvious ocean ocelot octagon october octopus odd
offer office oleander olive omega omelet onion online onward onyx opal opera opinion oppose
option oracle orbit orchard orchid order ordinary oregano organ origin oriole osprey ostrich
otter outdoor outpost output outside oven owl owner oxbow oxygen oyster ozone pack padlock page
pagoda paint palace palette palm pancake panda panel pansy panther papaya paper papyrus parade
parakeet parasol parcel parent parka parlor parsley parsnip partner party pass pasta pastel
pastry path patio patrol pattern pavilion peach peacock peanut pearl pebble pecan pelican
pencil pendant penguin penny people pepper perfect perform period person petal petunia pewter
pheasant phone photo phrase physics piano piccolo pickle picnic picture pier pigeon pigment
pilot pinecone pinwheel pioneer pipe pistachio pizza plaid planet plank plaster plate plateau
platinum play plaza please plenty plug plumage poem polar police polish polka pollen polo pony
pool popcorn poppy porcelain porch porcupine portal portion pose positive postcard pot potato
pottery powder prairie praise premium prepare present pretty pretzel price primary primrose
prism private problem produce program project promise proof proper proud provide prune public
pudding puddle pulley pulp pulse pumpkin punch pupil puppet pure purple purpose push puzzle
pyramid quail quality quantum quarry quart quarter queen quest quick quicksand quiet quill
quince quiver quiz quota rabbit raccoon radar radio radish raft rail rainbow raisin rally
ramble ranch random range rapid rapture rare raspberry raven ravine ravioli react ready reason
rebuild recall receive recipe record red reduce refer reform refuse region regular reindeer
relax release rely remain remark remedy remind remote rent repair repeat replace report request
rescue reserve reservoir resist respect result retire return reveal review reward rhino rhyme
rhythm rib ribbon rich rickshaw ridge rigid ringlet rinse ripple river robe robin robot rodeo
room rooster rosebud rosemary rotate rowboat royal rubber ruby rucksack rudder rule rumba run
runway rustic saddle safari safe saffron sailor salad salmon salt salute sandal sandbar sapling
sapphire sardine sardonyx satchel satin saturn sausage savanna saxophone scale scallop scan
scarf scarlet scatter scenic school schooner science scissor scoop scooter score scout scrap
screen script seagull seal search seashell second secret section sector secure senate senior
sentence separate sequin serenade series serious service session seven shadow shaft shallow
shamrock shape sharp shawl sheet shelf shelter shepherd sherbet sheriff shine shop shoreline
shoulder shovel shower shrimp shrub shutter shuttle shy siege sierra sign signal silence silo
silver similar simple single siren sister size skate sketch ski skill skirt skunk skylark
skyline slalom sleep sleeve sleigh slender slide slim slope small smart smile smoke smooth
snack snail snake snap snapper sneeze snorkel snow snowfall soccer social sock soda soft
soldier solid solve someone sonata song sonic sorbet soup source south space spaniel spark
sparrow spatula speak spearmint special speech speed spell sphere spider spike spin spinach
spinet spiral spirit splash split sponge spoon sport spray spread spring sprout spruce square
squash squid squirrel stadium staff stage stallion stamp stand staple star starfish station
statue steady steam steeple stencil step stereo stick stitch stomach stone stool stork strait
strange straw street stretch strong strudel student studio study style subject subway success
sudden sugar suggest suit sultan summer summit sunbeam sunday sundial sunrise sunset super
supply support suppose surf surface surprise survey sweater swift swing sycamore symbol
symphony syrup system tablet tadpole talent talk talon tandem tangent tapestry tapioca target
tarp taste taxi tea teacup teapot temper tempest tempo tenant tender tennis term terrace text
thank theater theme theory thermos thick thimble thing third thirty thistle thread three thrive
throat thumb thunder tiara ticket tidy tie tiger tight timber timpani title today toddler
together token tomato tongue tooth topaz topiary topic tornado torrent tortoise total toucan
touch tour tower toy track tractor trade traffic transfer trapeze tray treasure treat treetop
trek trellis trend trial tribe trident trim trinket trombone trophy trouble trousers trout true
truffle trumpet trunk trust truth tuesday tugboat tulip tuna tundra tunic tunnel turbine turkey
turn turnip turquoise turtle tutor tweed twelve twenty twice twig twilight twist ukulele ultra
umbrella uncle unicorn uniform unique unity universe update uphill upland upper upright upset
upward urban urchin urge useful usual utmost vacant vacuum valiant valid valve van vanilla
vanity vapor various vase vault velour velvet vendor venture venue verandah verb verse version
vessel veteran viaduct video view viking villa village vinegar vintage vinyl violet violin
virtual visa vision visit visual vital vivid voice volcano volume vote vowel voyage wafer
waffle wagon walnut walrus waltz want warbler wasp waterfall wave wax wealth wedding weekend
welcome wharf wheat wheel whimsy whisk white wicker width wild win windmill window winter wire
wisdom wisteria wolf wombat wonder woodland work world worthy wren wrench wrist xylophone yacht
yard yeast yesterday yoga yogurt young zebra zenith zephyr zero zigzag zinc zinnia zipper
zither zodiac zoo zucchini
"""
WORDS: Final = tuple(_TEXT.split())
