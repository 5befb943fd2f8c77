-- Figures in Pandoc and Quarto: code blocks of class lstmviz are drawn by the command lstmviz.
--   pandoc --lua-filter "$(lstmviz filter)" paper.md -o paper.pdf
-- A block holds a spec. Its attributes, or lines such as `#| kind: grid` as cells of Quarto have them, are
-- kind (or figure), spec (a file instead), caption, and width, theme, detail, language of the command.
-- Figures are written to lstmviz-figures/, named by what is asked for.

local OPTIONS = { "width", "theme", "detail", "emphasis", "language", "text", "dpi" }
local FOLDER = "lstmviz-figures"

-- What a writer can show, the best first.
local function format()
  if FORMAT:match("latex") or FORMAT:match("beamer") or FORMAT:match("context") then return "pdf" end
  if FORMAT:match("docx") or FORMAT:match("pptx") or FORMAT:match("odt") then return "png" end
  return "svg"
end

local function lstmviz(arguments, text)
  local done, result = pcall(pandoc.pipe, "lstmviz", arguments, text)
  if done then return result end
  local said = type(result) == "table" and (result.output or "") or tostring(result)
  io.stderr:write("lstmviz: a figure could not be drawn\n" .. said .. "\n")
  os.exit(1)
end

local function unescaped(text)
  return (text:gsub("\\u(%x%x%x%x)", function(code) return utf8.char(tonumber(code, 16)) end)
              :gsub('\\(.)', { ['"'] = '"', ["\\"] = "\\", ["/"] = "/", n = " " }))
end

-- What a block asks for: its attributes, and its options as Quarto's cells have them.
local function options(block)
  local asked = {}
  for name, value in pairs(block.attributes) do asked[name] = value end
  for name, value in block.text:gmatch("#|%s*([%w-]+):%s*([^\n]*)") do
    asked[name] = value:gsub("%s+$", ""):gsub('^"(.*)"$', "%1"):gsub("^'(.*)'$", "%1")
  end
  asked.caption = asked.caption or asked["fig-cap"]
  if block.identifier == "" and asked.label then block.identifier = asked.label end
  return asked
end

function CodeBlock(block)
  if not block.classes:includes("lstmviz") then return nil end
  local asked = options(block)
  local file = asked.spec
  local arguments = { "render", file or "-", "-q" }
  if asked.figure then
    arguments[#arguments + 1] = "--figure"
    arguments[#arguments + 1] = asked.figure
  else
    arguments[#arguments + 1] = "--kind"
    arguments[#arguments + 1] = asked.kind or "grid"
  end
  for _, name in ipairs(OPTIONS) do
    if asked[name] then
      arguments[#arguments + 1] = "--" .. name
      arguments[#arguments + 1] = asked[name]
    end
  end
  local text = file and "" or block.text
  local name = pandoc.utils.sha1(table.concat(arguments, " ") .. block.text):sub(1, 10)
  local path = FOLDER .. "/" .. name .. "." .. format()
  local draw, describe = { table.unpack(arguments) }, { table.unpack(arguments) }
  for _, word in ipairs({ "-o", path }) do draw[#draw + 1] = word end
  for _, word in ipairs({ "-f", "json", "-o", "-" }) do describe[#describe + 1] = word end
  lstmviz(draw, text)
  local alt = unescaped(lstmviz(describe, text):match('"description": "(.-[^\\])"') or "")
  local caption = asked.caption and pandoc.read(asked.caption).blocks[1].content or {}
  if #caption > 0 and pandoc.Figure then -- since pandoc 3, and so in Quarto, a figure is a block of its own
    local image = pandoc.Image({ pandoc.Str(alt) }, path, "", pandoc.Attr("", {}, { alt = alt }))
    return pandoc.Figure(pandoc.Plain({ image }), { pandoc.Plain(caption) }, pandoc.Attr(block.identifier))
  end
  local attributes = pandoc.Attr(block.identifier, {}, { alt = alt })
  if FORMAT:match("revealjs") and #caption == 0 then -- reveal.js stretches what stands in the slide itself, no paragraph
    attributes.classes = { "r-stretch" }
    return pandoc.Plain({ pandoc.Image({}, path, "", attributes) })
  end
  if FORMAT:match("html") or #caption > 0 then
    local image = pandoc.Image(caption, path, #caption > 0 and "fig:" or "", attributes)
    return pandoc.Para({ image })
  end
  return pandoc.Para({ pandoc.Image({ pandoc.Str(alt) }, path, "", pandoc.Attr(block.identifier)) })
end
