-- OpenStreetMap's tags as the layers of Protomaps' basemap (docs/adr/0059), as far as the map of a city shows them.

node_keys = { "amenity", "shop", "tourism", "railway=station", "place", "aeroway=aerodrome", "historic", "leisure=stadium" }

-- highway: kind, the zoom from which it is drawn
roads = {
  motorway = { "highway", 6 }, motorway_link = { "highway", 12 }, trunk = { "major_road", 8 },
  trunk_link = { "major_road", 12 }, primary = { "major_road", 9 }, primary_link = { "major_road", 12 },
  secondary = { "major_road", 10 }, secondary_link = { "major_road", 13 }, tertiary = { "major_road", 11 },
  tertiary_link = { "major_road", 13 }, residential = { "minor_road", 12 }, unclassified = { "minor_road", 12 },
  living_street = { "minor_road", 13 }, road = { "minor_road", 13 }, service = { "minor_road", 14 },
  pedestrian = { "path", 14 }, footway = { "path", 14 }, path = { "path", 14 }, track = { "other", 14 }
}

-- landmarks by importance: the zoom from which they are named
marks = {
  hospital = 12, university = 12, stadium = 12, station = 12, aerodrome = 11, museum = 13, mall = 13, marketplace = 13,
  townhall = 13, bus_station = 13, police = 14, fire_station = 14, clinic = 14, school = 14, college = 14,
  place_of_worship = 14, attraction = 13, theme_park = 12, zoo = 12, monument = 13, shelter = 14, community_centre = 14
}

surfaces = {
  park = "park", garden = "park", nature_reserve = "nature_reserve", cemetery = "cemetery", grass = "grass",
  forest = "forest", recreation_ground = "park", village_green = "village_green", golf_course = "golf_course",
  industrial = "industrial", military = "military", beach = "beach", wood = "wood"
}

function names()
  local name, indonesian = Find("name"), Find("name:id")
  if name ~= "" then Attribute("name", name) end
  if indonesian ~= "" and indonesian ~= name then Attribute("name:id", indonesian) end
end

function mark()
  for _, key in ipairs({ "amenity", "railway", "aeroway", "leisure", "tourism", "shop", "historic" }) do
    local kind = Find(key)
    if marks[kind] then return kind, marks[kind] end
  end
end

function place_mark(is_area)
  local kind, zoom = mark()
  if not kind or Find("name") == "" then return end
  if is_area then LayerAsCentroid("pois") else Layer("pois", false) end
  MinZoom(zoom)
  Attribute("kind", kind)
  AttributeNumeric("min_zoom", zoom)
  names()
end

function node_function()
  local place = Find("place")
  if place == "suburb" or place == "quarter" or place == "neighbourhood" or place == "village" then
    Layer("places", false)
    MinZoom(place == "suburb" and 11 or 13)
    Attribute("kind", "neighbourhood")
    names()
  end
  place_mark(false)
end

function road(highway)
  local kind, zoom = roads[highway][1], roads[highway][2]
  Layer("roads", false)
  MinZoom(zoom)
  Attribute("kind", kind)
  Attribute("kind_detail", highway:gsub("_link$", ""))
  AttributeNumeric("min_zoom", zoom)
  if highway:match("_link$") then AttributeBoolean("is_link", true) end
  if Find("bridge") ~= "" and Find("bridge") ~= "no" then AttributeBoolean("is_bridge", true) end
  if Find("tunnel") ~= "" and Find("tunnel") ~= "no" then AttributeBoolean("is_tunnel", true) end
  names()
end

function way_function()
  local highway, railway, waterway = Find("highway"), Find("railway"), Find("waterway")
  local is_area = IsClosed() and (Find("area") == "yes" or (highway == "" and railway == "" and waterway == ""))
  if roads[highway] and Find("area") ~= "yes" then road(highway) end
  if railway == "rail" or railway == "light_rail" or railway == "subway" then
    Layer("roads", false)
    MinZoom(10)
    Attribute("kind", "rail")
    Attribute("kind_detail", railway)
    names()
  end
  if waterway == "river" or waterway == "canal" or waterway == "stream" or waterway == "drain" then
    Layer("water", false)
    MinZoom((waterway == "river" or waterway == "canal") and 9 or 13)
    Attribute("kind", (waterway == "drain") and "stream" or waterway)
    names()
  end
  if not is_area then return end
  if Find("natural") == "water" or waterway == "riverbank" or Find("landuse") == "reservoir" then
    Layer("water", true)
    Attribute("kind", Find("water") == "river" and "river" or "lake")
    names()
  end
  local surface = surfaces[Find("leisure")] or surfaces[Find("landuse")] or surfaces[Find("natural")]
  if Find("aeroway") == "aerodrome" then surface = "aerodrome" end
  if surface then
    Layer("landuse", true)
    Attribute("kind", surface)
    names()
  end
  if Find("building") ~= "" and Find("building") ~= "no" then
    Layer("buildings", true)
    Attribute("kind", "building")
  end
  place_mark(true)
end
