"""What every page is made of: header, pills, figures, tables, maps, and the frame around them."""
