"""Columns of users, items, times and ratings by their names, where those leave no doubt."""

from __future__ import annotations

from pathlib import Path

import pytest

from e2v.errors import UsageError
from e2v.inputs.columns import KeyedColumn, are_column_names, columns_of_kind, is_certain_name, is_column_name

#: Headers, and what in them is a user, an item, a time, a rating.
HEADERS = {
    "MovieLens": ("userId,movieId,rating,timestamp", "userId", "movieId", "timestamp", "rating"),
    "Amazon reviews": (
        "reviewerID,asin,reviewerName,helpful,reviewText,overall,summary,unixReviewTime,reviewTime",
        *("reviewerID", "asin", "unixReviewTime,reviewTime", "overall"),
    ),
    "Amazon of later": (
        "rating,title,text,images,asin,parent_asin,user_id,timestamp,helpful_vote,verified_purchase",
        *("user_id", "asin", "timestamp", "rating"),
    ),
    "Online Retail": (
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country",
        *("CustomerID", "StockCode", "InvoiceDate", ""),
    ),
    "Online Retail II": (
        "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
        *("Customer ID", "StockCode", "InvoiceDate", ""),
    ),
    "Steam": ("user_id,item_id,item_name,playtime_forever", "user_id", "item_id", "", ""),
    "Steam recommendations": (
        "app_id,helpful,funny,date,is_recommended,hours,user_id,review_id",
        *("user_id", "app_id", "date", ""),
    ),
    "Yelp": (
        "review_id,user_id,business_id,stars,useful,funny,cool,text,date",
        *("user_id", "business_id", "date", "stars"),
    ),
    "Food.com": ("user_id,recipe_id,date,rating,review", "user_id", "recipe_id", "date", "rating"),
    "MyAnimeList": ("user_id,anime_id,rating", "user_id", "anime_id", "", "rating"),
    "MyAnimeList of users": (
        "username,anime_id,my_watched_episodes,my_score,my_status",
        *("username", "anime_id", "", ""),
    ),
    "Last.fm of artists": ("userID,artistID,weight", "userID", "artistID", "", ""),
    "Last.fm of tracks": (
        "user_id,timestamp,artist_id,artist_name,track_id,track_name",
        *("user_id", "track_id", "timestamp", ""),
    ),
    "orders": ("customer_email,sku,product_name,ordered_at", "customer_email", "sku", "ordered_at", ""),
    "Instacart": ("order_id,product_id,add_to_cart_order,reordered", "", "product_id", "", ""),
    "Goodbooks": ("user_id,book_id,rating", "user_id", "book_id", "", "rating"),
    "Book-Crossing": ("User-ID,ISBN,Book-Rating", "User-ID", "ISBN", "", "Book-Rating"),
    "H&M": (
        "t_dat,customer_id,article_id,price,sales_channel_id",
        *("customer_id", "article_id", "", ""),
    ),
    "RetailRocket": (
        "timestamp,visitorid,event,itemid,transactionid",
        "visitorid",
        "itemid",
        "timestamp",
        "",
    ),
    "YooChoose": ("session_id,timestamp,item_id,category", "session_id", "item_id", "timestamp", ""),
    "names of both": ("user_id,user_name,item_id,item_name", "user_id", "item_id", "", ""),
    "as people write": ("User ID,Product Code,Date", "User ID", "Product Code", "Date", ""),
    "two users": ("user,userid,item", "userid", "item", "", ""),
    "two of a name": ("user,user,item", "user,user", "item", "", ""),
    "two kinds of item": ("user,product_id,asin_id", "user", "product_id,asin_id", "", ""),
    "parts of words": ("superuser,items_seen,rated", "", "", "", ""),
    "only suffixes": ("id,code,name", "", "", "", ""),
    "German": ("Kunde,Artikel,Datum", "Kunde", "Artikel", "Datum", ""),
    "German orders": (
        "Bestellnummer,Kunden-Nr.,Artikelnummer,Bezeichnung,Bestelldatum,Preis",
        *("Kunden-Nr.", "Artikelnummer", "Bestelldatum", ""),
    ),
    "a code beside a title": ("email,sku,product,created_at", "email", "sku", "created_at", ""),
    "an id beside a code": ("Client,SKU,product_id,Invoice Date", "Client", "product_id", "Invoice Date", ""),
    "members": ("member_id,asin,order_date", "member_id", "asin", "order_date", ""),
}


@pytest.mark.parametrize("name", HEADERS)
def test_headers_as_people_have_them(name: str) -> None:
    header, *wanted = HEADERS[name]
    names = header.split(",")
    kinds = ("user", "item", "time", "rating")
    assert {kind: ",".join(columns_of_kind(kind, names)) for kind in kinds} == dict(
        zip(kinds, wanted, strict=True)
    )


@pytest.mark.parametrize(
    ("header", "basket"),
    [
        ("Order ID,sku,date", "Order ID"),
        ("InvoiceNo,StockCode,CustomerID", "InvoiceNo"),
        ("Bestellnummer,Artikelnummer", "Bestellnummer"),
        ("order_id,product_id,add_to_cart_order,reordered", "order_id"),
        ("user,item", ""),
    ],
)
def test_baskets(header: str, basket: str) -> None:
    assert ",".join(columns_of_kind("basket", header.split(","))) == basket


@pytest.mark.parametrize(
    ("value", "is_name", "is_certain"),
    [
        *[(name, True, True) for name in ("customer_id", "order no", "product id", "Kundennummer")],
        *[(name, True, False) for name in ("Kunde", "rating", "sku", "stars", "date")],
        *[(name, False, False) for name in ("beer", "movie", "anna", "1", "product title", "", "email")],
    ],
)
def test_a_name_that_nothing_else_is(value: str, is_name: bool, is_certain: bool) -> None:
    assert (is_column_name(value), is_certain_name(value)) == (is_name, is_certain)


@pytest.mark.parametrize(
    ("row", "names"),
    [
        (["user", "item"], True),
        (["who", "item"], False),
        (["item", "item_id"], False),
        (["game", "song"], False),
        (["1", "2"], False),
        ([], False),
        (["user", "date"], True),
    ],
)
def test_a_row_of_names_names_two_things(row: list[str], names: bool) -> None:
    assert are_column_names(row) is names


def test_a_column_of_a_table_by_the_one_of_its_keys() -> None:
    for text in ("movies.csv:movieId:title", "c:/items.tsv:1:3"):
        assert str(KeyedColumn.parse(text)) == text
    assert KeyedColumn.parse("c:/items.tsv:1:3") == (Path("c:/items.tsv"), "1", "3")
    for text in ("movies.csv", "movies.csv:title", ":id:title", "movies.csv::title", "movies.csv:id:"):
        with pytest.raises(UsageError, match="names no columns of a table"):
            KeyedColumn.parse(text)
